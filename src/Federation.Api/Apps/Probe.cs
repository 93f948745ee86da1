using Federation.Api.Json;

namespace Federation.Api.Apps;

/// <summary>Exactly one of <see cref="HttpGet"/>, <see cref="TcpSocket"/> and <see cref="Exec"/> is set.</summary>
public sealed record Probe
{
    /// <summary>An HTTP request.</summary>
    public HttpGetAction? HttpGet { get; init; }

    /// <summary>A connection.</summary>
    public TcpSocketAction? TcpSocket { get; init; }

    /// <summary>A command in the container.</summary>
    public ExecAction? Exec { get; init; }

    /// <summary>Defaulted to 0.</summary>
    public int? InitialDelaySeconds { get; init; }

    /// <summary>Defaulted to 10.</summary>
    public int? PeriodSeconds { get; init; }

    /// <summary>Defaulted to 1.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Defaulted to 1.</summary>
    public int? SuccessThreshold { get; init; }

    /// <summary>Defaulted to 3.</summary>
    public int? FailureThreshold { get; init; }

    /// <summary>Seconds between the stop signal and the kill when this probe stops the container; absent: the pod's. Not for readiness probes.</summary>
    public int? TerminationGracePeriodSeconds { get; init; }
}

/// <summary>Asks the container over HTTP; any code from 200 to 399 passes.</summary>
public sealed record HttpGetAction
{
    /// <summary>Defaulted to <c>/</c>.</summary>
    public string? Path { get; init; }

    /// <summary>The port's number or name.</summary>
    public IntOrString? Port { get; init; }

    /// <summary><c>HTTP</c> or <c>HTTPS</c> (the certificate is not verified). Defaulted to HTTP.</summary>
    public string? Scheme { get; init; }

    /// <summary>The address or name to connect to; absent: the pod's address. For another Host header, set it in <see cref="HttpHeaders"/>.</summary>
    public string? Host { get; init; }

    /// <summary>Headers of the request.</summary>
    public IReadOnlyList<HttpHeader> HttpHeaders { get; init; } = [];
}

/// <summary>One header of a request.</summary>
public sealed record HttpHeader
{
    /// <summary>The header's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The header's value.</summary>
    public string Value { get; init; } = "";
}

/// <summary>Connects to the container; a connection that opens passes.</summary>
public sealed record TcpSocketAction
{
    /// <summary>The port's number or name.</summary>
    public IntOrString? Port { get; init; }
}

/// <summary>Runs a command in the container; exit code 0 passes.</summary>
public sealed record ExecAction
{
    /// <summary>The program and its arguments; no shell around it.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];
}
