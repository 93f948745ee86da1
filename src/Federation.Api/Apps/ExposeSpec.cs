using Federation.Api.Json;

namespace Federation.Api.Apps;

/// <summary>A port that every cluster's advertised address offers, leading to that cluster's ready pods.</summary>
public sealed record ExposeSpec
{
    /// <summary>Defaulted to <c>port-&lt;port&gt;</c>, and for UDP to <c>port-&lt;port&gt;-udp</c>.</summary>
    public string? Name { get; init; }

    /// <summary>The port on the clusters' advertised addresses, 1 to 65535.</summary>
    public int Port { get; init; }

    /// <summary><c>TCP</c> or <c>UDP</c>. Defaulted to TCP. The same port may be exposed once for each.</summary>
    public string? Protocol { get; init; }

    /// <summary>A container port's name or number. Defaulted to <see cref="Port"/>.</summary>
    public IntOrString? TargetPort { get; init; }

    /// <summary>How names lead to the port.</summary>
    public DnsSpec? Dns { get; init; }
}

/// <summary>How the name servers answer for the exposed port.</summary>
public sealed record DnsSpec
{
    /// <summary>Defaulted to <see cref="DnsPolicy.RoundRobin"/>.</summary>
    public DnsPolicy? Policy { get; init; }

    /// <summary>Seconds a client may keep an answer. Defaulted to 5.</summary>
    public int? Ttl { get; init; }

    /// <summary>Weights for <see cref="DnsPolicy.Weighted"/>; empty: each cluster weighs its ready pods.</summary>
    public IReadOnlyList<DivideWeight> Weights { get; init; } = [];
}

public enum DnsPolicy
{
    RoundRobin,
    Weighted,
}
