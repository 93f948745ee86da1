using Federation.Api.Agents;

namespace Federation.Api.Pets;

/// <summary>A pet on its way to another cluster, and how far its volumes are.</summary>
public sealed record PetMove
{
    /// <summary>The cluster that it goes to.</summary>
    public string To { get; init; } = "";

    /// <summary>True: nothing is copied, it goes on with the volumes that it left there.</summary>
    public bool? Back { get; init; }

    /// <summary>Who asked for it.</summary>
    public string? By { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The set's revision from which the cluster was asked for a copy of the volumes: only what it says about a later one counts. Absent: it has not been asked yet.</summary>
    public long? After { get; init; }

    /// <summary>How far the copy is, as the cluster says.</summary>
    public WorkPetCopyPhase? Copy { get; init; }

    /// <summary>The machine there that gets the volumes.</summary>
    public string? Node { get; init; }

    /// <summary>Bytes that are there already. Renewed every few seconds.</summary>
    public long Bytes { get; init; }

    /// <summary>When the bytes were counted.</summary>
    public DateTimeOffset? CountedAt { get; init; }

    /// <summary>The checksum over all volumes, the same at both ends; once everything is there.</summary>
    public string? Digest { get; init; }

    /// <summary>When everything was there, durable and compared.</summary>
    public DateTimeOffset? CopiedAt { get; init; }

    /// <summary>What holds the copy up, if anything: <c>SourceAway</c>, <c>NoSpace</c>, <c>ChecksumDiffers</c> …</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }
}

/// <summary>Volumes of a pet that are in a cluster where it does not run any more, and that must never be used again. The cluster gets the pet only when they are deleted.</summary>
public sealed record PetLeftover
{
    /// <summary>The pet.</summary>
    public int Ordinal { get; init; }

    /// <summary>The cluster that has them.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The machine there.</summary>
    public string? Node { get; init; }

    /// <summary>True: only what was brought there from a snapshot goes; volumes of the pet's name that were there before stay.</summary>
    public bool? OnlyCopies { get; init; }

    /// <summary>When they were left.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The set's revision from which the cluster was asked to delete them: its word about a later one confirms it. Absent: they are kept until the pet is ready where it went.</summary>
    public long? After { get; init; }

    /// <summary>When the cluster said that they are deleted; they go from the list then.</summary>
    public DateTimeOffset? GoneAt { get; init; }
}
