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

    /// <summary>Volume: whose it is.</summary>
    public VolumeRequest? Volume { get; init; }
}

/// <summary>A pet's volume that is to be read for a copy. Refused while a container of the pet runs, unless it is one of a <see cref="Snapshot"/>.</summary>
public sealed record VolumeRequest
{
    /// <summary>The set's uid.</summary>
    public string WorkUid { get; init; } = "";

    public int Ordinal { get; init; }

    /// <summary>The volume claim's name.</summary>
    public string Claim { get; init; } = "";

    /// <summary>The machine that has it.</summary>
    public string Node { get; init; } = "";

    /// <summary>So many entries, the first ones in order, the reader has: of these only directories come again. The order is that of the engine, the same each time.</summary>
    public long Skip { get; init; }

    /// <summary>Set: of this item of a PetSnapshot, not the pet's own; <see cref="WorkUid"/> is empty.</summary>
    public WorkSnapshotItem? Snapshot { get; init; }

    /// <summary>Of a snapshot: which of its parts.</summary>
    public WorkSnapshotPart Part { get; init; }
}

/// <summary>Which volume a cluster (or node) asks for: see <see cref="AgentPaths.Volume"/>.</summary>
/// <param name="WorkUid">The set's.</param>
/// <param name="Ordinal">The pet's.</param>
/// <param name="Epoch">Names the copy, see <see cref="WorkPetCopy.Epoch"/>.</param>
/// <param name="Claim">The volume claim's name.</param>
/// <param name="Skip">See <see cref="VolumeRequest.Skip"/>.</param>
public sealed record VolumeQuery(string WorkUid, int Ordinal, long Epoch, string Claim, long Skip);

/// <summary>Which volume of what was taken a cluster (or node) asks for, to store it: see <see cref="AgentPaths.Snapshot"/>.</summary>
/// <param name="Uid">The PetSnapshot's.</param>
/// <param name="Id">The item.</param>
/// <param name="Claim">The volume claim's name.</param>
/// <param name="Skip">See <see cref="VolumeRequest.Skip"/>.</param>
public sealed record SnapshotQuery(string Uid, string Id, string Claim, long Skip);

/// <summary>Ends a volume that was read whole.</summary>
public sealed record VolumeEnd
{
    /// <summary>SHA-256, in lower case hex, over every entry in order: path, type, mode, owner, size, time and contents.</summary>
    public string Digest { get; init; } = "";

    public long Entries { get; init; }

    /// <summary>Of all files.</summary>
    public long Bytes { get; init; }
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

    /// <summary>Reads a pet's volume: a tar and after it a <see cref="VolumeEnd"/> as JSON. What ends without that is broken.</summary>
    Volume,
}
