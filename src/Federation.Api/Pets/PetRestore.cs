using Federation.Api.Agents;

namespace Federation.Api.Pets;

/// <summary>A new pet whose volumes come from a snapshot, and how far they are.</summary>
public sealed record PetRestore
{
    /// <summary>The cluster that it is to start in.</summary>
    public string To { get; init; } = "";

    /// <summary>The PetSnapshot's name.</summary>
    public string Snapshot { get; init; } = "";

    /// <summary>The PetSnapshot's uid.</summary>
    public string SnapshotUid { get; init; } = "";

    /// <summary>The copy's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>The cluster that stores the copy.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The machine there.</summary>
    public string? StoredOn { get; init; }

    /// <summary>The set's revision from which the cluster was asked to bring it: only what it says about a later one counts.</summary>
    public long After { get; init; }

    /// <summary>How far it is, as the cluster says.</summary>
    public WorkPetCopyPhase? Copy { get; init; }

    /// <summary>The machine that gets the volumes.</summary>
    public string? Node { get; init; }

    /// <summary>Bytes that are there already. Renewed every few seconds.</summary>
    public long Bytes { get; init; }

    /// <summary>When the bytes were counted.</summary>
    public DateTimeOffset? CountedAt { get; init; }

    /// <summary>When everything was there, durable and compared.</summary>
    public DateTimeOffset? CopiedAt { get; init; }

    /// <summary>What holds it up, if anything.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }
}

/// <summary>A pet whose turn it is to hold still for a snapshot. One of a set at a time, and only while all others are available.</summary>
public sealed record PetHold
{
    /// <summary>The PetSnapshot's name.</summary>
    public string Snapshot { get; init; } = "";

    /// <summary>The copy's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>Since when.</summary>
    public DateTimeOffset? Since { get; init; }
}
