namespace Federation.Api.Agents;

/// <summary>Asks the agent to open a stream and to bring it to <see cref="AgentPaths.Stream"/>. What a kind has no use for is absent.</summary>
public sealed record StreamRequest
{
    public string Id { get; init; } = "";
    public StreamKind Kind { get; init; }
    public string Namespace { get; init; } = "";
    public string Pod { get; init; } = "";

    /// <summary>Absent: the pod's only one.</summary>
    public string? Container { get; init; }

    /// <summary>Logs: go on until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>Logs: of the container before the current one.</summary>
    public bool Previous { get; init; }

    public int? TailLines { get; init; }
    public int? SinceSeconds { get; init; }
    public DateTimeOffset? SinceTime { get; init; }
    public bool Timestamps { get; init; }

    /// <summary>Logs: end after so many bytes, wherever that is.</summary>
    public long? LimitBytes { get; init; }

    /// <summary>Exec: the program and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Exec and Attach: there will be input.</summary>
    public bool Stdin { get; init; }

    public bool Stdout { get; init; }
    public bool Stderr { get; init; }

    /// <summary>Exec: in a terminal; output is one stream then.</summary>
    public bool Tty { get; init; }

    /// <summary>PortForward: of the pod.</summary>
    public int? Port { get; init; }
}

public enum StreamKind
{
    /// <summary>A sign of life that needs no answer.</summary>
    Ping,

    Logs,

    /// <summary>Runs a command in a running container.</summary>
    Exec,

    /// <summary>Joins the container's main process.</summary>
    Attach,

    /// <summary>One connection to a port of the pod.</summary>
    PortForward,
}
