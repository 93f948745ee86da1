using System.Text.Json.Serialization;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Snapshots;

/// <summary>Which copies there are, and how far those are that are being made.</summary>
public sealed record PetSnapshotStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>One entry for each copy of a pet's volumes, the newest last. Of failed ones each pet's last, as long as none was complete since.</summary>
    [ListMap("id")]
    public IReadOnlyList<PetSnapshotItem> Items { get; init; } = [];

    /// <summary>What clusters are to delete and have not said to be gone.</summary>
    public IReadOnlyList<PetSnapshotDiscard> Discards { get; init; } = [];

    /// <summary>How many copies are stored.</summary>
    public int Complete { get; init; }

    /// <summary>Bytes of all copies that are stored.</summary>
    public long Bytes { get; init; }

    /// <summary>The time that copies were last to be taken for: a time of the schedule, or when it was first looked at.</summary>
    public DateTimeOffset? LastScheduleTime { get; init; }

    /// <summary>When a copy was last complete.</summary>
    public DateTimeOffset? LastCompleteTime { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each cluster that has, or may still have, something of it; sorted by cluster.</summary>
    [ListMap("cluster")]
    public IReadOnlyList<ClusterShare> Clusters { get; init; } = [];
}

/// <summary>A copy of one pet's volumes as they were at one moment.</summary>
public sealed record PetSnapshotItem
{
    /// <summary>Names it within the PetSnapshot: when it was to be taken and the pet's ordinal, such as <c>20260102T030000Z-0</c>.</summary>
    public string Id { get; init; } = "";

    /// <summary>The pet's ordinal.</summary>
    public int Ordinal { get; init; }

    /// <summary>The pet's name, such as <c>db-0</c>.</summary>
    public string Pet { get; init; } = "";

    /// <summary>The uid of the pet's set; absent before it is taken.</summary>
    public string? SetUid { get; init; }

    /// <summary>The epoch that the pet had; 0 before it is taken.</summary>
    public long Epoch { get; init; }

    /// <summary>How far it is.</summary>
    public PetSnapshotPhase Phase { get; init; }

    /// <summary>The cluster that stores it, or is to; absent before that is decided.</summary>
    public string? Cluster { get; init; }

    /// <summary>The machine there.</summary>
    public string? Node { get; init; }

    /// <summary>The cluster that the pet was in.</summary>
    public string? TakenIn { get; init; }

    /// <summary>The machine there that took it.</summary>
    public string? TakenOn { get; init; }

    /// <summary>How the pet was kept from writing.</summary>
    public PetSnapshotConsistency Consistency { get; init; }

    /// <summary>With Pause: how long it might hold still.</summary>
    public int? PauseSeconds { get; init; }

    /// <summary>When it was to be taken.</summary>
    public DateTimeOffset? PlannedAt { get; init; }

    /// <summary>When the volumes were as the copy is, by the clock of the machine that took it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>When it was stored, durable and compared.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Bytes of files that are stored by now. Renewed every few seconds.</summary>
    public long Bytes { get; init; }

    /// <summary>When the bytes were counted.</summary>
    public DateTimeOffset? CountedAt { get; init; }

    /// <summary>Its volumes, with their checksums once it is taken.</summary>
    [ListMap("name")]
    public IReadOnlyList<PetSnapshotClaim> Claims { get; init; } = [];

    /// <summary>What it waits for, or why it failed, if anything.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>Something is still to be done for it.</summary>
    [JsonIgnore]
    public bool IsOpen => Phase is PetSnapshotPhase.Waiting or PetSnapshotPhase.Taking or PetSnapshotPhase.Storing;
}

/// <summary>One volume of a copy.</summary>
public sealed record PetSnapshotClaim
{
    /// <summary>The volume claim's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Bytes of its files.</summary>
    public long Bytes { get; init; }

    /// <summary>The checksum over its files: path, type, mode, owner, size, time and contents of each.</summary>
    public string? Digest { get; init; }
}

public enum PetSnapshotPhase
{
    /// <summary>It is to be taken and was not begun.</summary>
    Waiting,

    /// <summary>The machine that has the pet copies its volumes to a place beside them. With Pause the pet holds still for this.</summary>
    Taking,

    /// <summary>It was taken, and is brought to where it is to be stored.</summary>
    Storing,

    /// <summary>It is stored, durable, and was compared with what was taken.</summary>
    Complete,

    /// <summary>There is no such copy, or no more.</summary>
    Failed,
}

/// <summary>What a cluster is to delete of a copy.</summary>
public sealed record PetSnapshotDiscard
{
    /// <summary>The copy.</summary>
    public string Id { get; init; } = "";

    /// <summary>Taken: what lies beside the pet's volumes. Stored: what is in the directory for snapshots.</summary>
    public WorkSnapshotPart Part { get; init; }

    /// <summary>The cluster that has it.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The machine there, as far as it is known.</summary>
    public string? Node { get; init; }

    /// <summary>The object's revision from which the cluster was asked: its word about a later one confirms it.</summary>
    public long After { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? Since { get; init; }
}

public static class PetSnapshotConditions
{
    /// <summary>Every copy that was last to be taken is stored.</summary>
    public const string Complete = "Complete";

    /// <summary>Of the copies that were last to be taken none is open any more, and some failed.</summary>
    public const string Failed = "Failed";
}
