using Federation.Api.Snapshots;

namespace Federation.Api.Agents;

/// <summary>What one cluster (or node) is to do for a PetSnapshot: the work's uid, namespace and name are the PetSnapshot's. Set in mode <see cref="WorkMode.Snapshots"/>.</summary>
/// <remarks>
/// <code>
/// Take (where the pet is) ──Done──▶ Hold with a source (where it is to be stored) ──Done──▶ Hold without a source, Discard of what was taken
/// </code>
/// An item has two parts: what was taken, in a place of the machine that has the pet, and what is stored, in a directory that a machine's owner gave. One machine can have both.
/// What is in none of the lists stays as it is. A tombstone of the work deletes every part of every item that the cluster has.
/// </remarks>
public sealed record WorkSnapshots
{
    /// <summary>Copies of volumes that are to be there as they were at one moment. What was taken stays in here, and on its machine, until it is named in <see cref="Discard"/>.</summary>
    public IReadOnlyList<WorkSnapshotTake> Take { get; init; } = [];

    /// <summary>Items that are to be in the directory for snapshots of one of the machines.</summary>
    public IReadOnlyList<WorkSnapshotHold> Hold { get; init; } = [];

    /// <summary>Parts that are to be deleted, with whatever is there of them. Each is named in the status until it is gone, also when its machine is away.</summary>
    public IReadOnlyList<WorkSnapshotDiscard> Discard { get; init; } = [];
}

/// <summary>An item that is to be taken. Nothing of it changes later.</summary>
public sealed record WorkSnapshotTake
{
    /// <summary>Names the item within the PetSnapshot; letters, digits and dashes, such as <c>20260102T030000Z-0</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>The PetSet's uid: the uid of the work that runs the pet.</summary>
    public string SetUid { get; init; } = "";

    /// <summary>The PetSet's name; its namespace is the work's.</summary>
    public string Set { get; init; } = "";

    public int Ordinal { get; init; }

    /// <summary>The epoch that the pet has. With any other one here, the item fails (<see cref="WorkSnapshotReasons.PetLeft"/>): it is the copy of this life of the pet or of none.</summary>
    public long Epoch { get; init; }

    /// <summary>The machine that has the pet's volumes.</summary>
    public string Node { get; init; } = "";

    /// <summary>The names of the volume claims, in the set's order; never empty.</summary>
    public IReadOnlyList<string> Claims { get; init; } = [];

    /// <summary>How the pet is kept from writing meanwhile.</summary>
    public PetSnapshotConsistency Consistency { get; init; }

    /// <summary>With Pause: after so many seconds the pet goes on, and the item fails (<see cref="WorkSnapshotReasons.PauseTooLong"/>).</summary>
    public int PauseSeconds { get; init; }
}

/// <summary>An item that is to be stored.</summary>
public sealed record WorkSnapshotHold
{
    /// <inheritdoc cref="WorkSnapshotTake.Id"/>
    public string Id { get; init; } = "";

    /// <summary>The PetSet's name; its namespace is the work's.</summary>
    public string Set { get; init; } = "";

    public int Ordinal { get; init; }

    /// <summary>The epoch that the pet had.</summary>
    public long Epoch { get; init; }

    /// <summary>When it was taken.</summary>
    public DateTimeOffset TakenAt { get; init; }

    /// <summary>What it consists of, as the machine said that took it: what arrives is compared with it.</summary>
    public IReadOnlyList<WorkSnapshotClaim> Claims { get; init; } = [];

    /// <summary>The cluster that took it: it is pulled from there through <see cref="AgentPaths.Snapshot"/>, also when that is this cluster. Empty: it was stored before; if it is not there any more, that is said (<see cref="WorkSnapshotReasons.Missing"/>).</summary>
    public string FromCluster { get; init; } = "";

    /// <summary>The machine there. One that has both the taken part and the directory may store it without asking anybody.</summary>
    public string FromNode { get; init; } = "";

    /// <summary>To a cluster: the machine that has it, as far as it was reported; empty: one that has a directory is chosen. To a node: itself.</summary>
    public string Node { get; init; } = "";
}

/// <summary>One volume of an item.</summary>
public sealed record WorkSnapshotClaim
{
    /// <summary>The volume claim's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Of all files.</summary>
    public long Bytes { get; init; }

    /// <summary>As of <see cref="VolumeEnd"/>.</summary>
    public string Digest { get; init; } = "";
}

/// <summary>A part of an item that is to go.</summary>
public sealed record WorkSnapshotDiscard
{
    /// <inheritdoc cref="WorkSnapshotTake.Id"/>
    public string Id { get; init; } = "";

    public WorkSnapshotPart Part { get; init; }

    /// <summary>The machine that has it, as far as it was reported; empty: it is not known, and any that may have it is asked.</summary>
    public string Node { get; init; } = "";
}

/// <summary>Which copy of an item.</summary>
public enum WorkSnapshotPart
{
    /// <summary>What was taken beside the pet's volumes, until it is stored.</summary>
    Taken,

    /// <summary>What is in the directory for snapshots.</summary>
    Stored,
}

/// <summary>One part of one item, as the cluster has it: there is an entry for each entry of <see cref="WorkSnapshots"/>.</summary>
public sealed record WorkSnapshotStatus
{
    /// <inheritdoc cref="WorkSnapshotTake.Id"/>
    public string Id { get; init; } = "";

    public WorkSnapshotPart Part { get; init; }

    /// <summary>The machine; empty while none is chosen.</summary>
    public string Node { get; init; } = "";

    public WorkSnapshotPhase Phase { get; init; }

    /// <summary>Bytes of files that are there.</summary>
    public long Bytes { get; init; }

    /// <summary>Of what was taken and is Done: when the volumes were as the copy is. With Live: when the reading began.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Once Done: each volume.</summary>
    public IReadOnlyList<WorkSnapshotClaim> Claims { get; init; } = [];

    /// <summary>What holds it up, or why it failed: one of <see cref="WorkSnapshotReasons"/> …</summary>
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public enum WorkSnapshotPhase
{
    /// <summary>Nothing is there yet.</summary>
    Waiting,

    /// <summary>It is being made, or it is tried again soon.</summary>
    Working,

    /// <summary>It is there, whole and durable; what is stored was read back and compared.</summary>
    Done,

    /// <summary>It is not there, and it is not tried again.</summary>
    Failed,

    /// <summary>It is to go and is not gone yet.</summary>
    Discarding,
}

public static class WorkSnapshotReasons
{
    /// <summary>The machine is not heard of: it is waited for.</summary>
    public const string NodeAway = "NodeAway";

    /// <summary>The disk has no room. What is to be taken fails with it before the pet holds still; what is to be stored is tried again.</summary>
    public const string NoSpace = "NoSpace";

    /// <summary>No machine of the cluster has a directory for snapshots.</summary>
    public const string NoDirectory = "NoDirectory";

    /// <summary>The pet has another epoch, or no volumes, on the machine.</summary>
    public const string PetLeft = "PetLeft";

    /// <summary>The copy was not made within the time that the pet may hold still.</summary>
    public const string PauseTooLong = "PauseTooLong";

    /// <summary>The cluster, or the machine, that has what was taken cannot be asked: it is tried again.</summary>
    public const string SourceAway = "SourceAway";

    /// <summary>What arrived is not what was taken: it is tried again.</summary>
    public const string ChecksumDiffers = "ChecksumDiffers";

    /// <summary>It was stored here and is not there any more.</summary>
    public const string Missing = "Missing";
}
