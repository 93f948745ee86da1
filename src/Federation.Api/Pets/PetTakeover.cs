namespace Federation.Api.Pets;

/// <summary>Proof of a takeover: from where to where, and when each step happened.</summary>
public sealed record PetTakeover
{
    /// <summary>The pet.</summary>
    public int Ordinal { get; init; }

    /// <summary>The cluster that it left.</summary>
    public string? From { get; init; }

    /// <summary>The cluster that got it.</summary>
    public string? To { get; init; }

    /// <summary>The epoch that it has there.</summary>
    public long Epoch { get; init; }

    /// <summary>Why it leaves, or left.</summary>
    public PetReleaseCause Cause { get; init; }

    /// <summary>How it is known that it does not run in the old cluster.</summary>
    public PetFreedBy? FreedBy { get; init; }

    /// <summary>Of a move: who asked for it.</summary>
    public string? By { get; init; }

    /// <summary>Of a move: when it was asked for.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>When the loss was noticed, if there was one.</summary>
    public DateTimeOffset? DetectedAt { get; init; }

    /// <summary>When it was taken out of the old cluster's work.</summary>
    public DateTimeOffset? ReleasedAt { get; init; }

    /// <summary>When it was sure that it does not run there.</summary>
    public DateTimeOffset? FreedAt { get; init; }

    /// <summary>Of a move: when its volumes were in the new cluster, compared with the old one's.</summary>
    public DateTimeOffset? CopiedAt { get; init; }

    /// <summary>Of a move: how many bytes its volumes hold.</summary>
    public long? Bytes { get; init; }

    /// <summary>Of a move: the checksum over its volumes, the same at both ends.</summary>
    public string? Digest { get; init; }

    /// <summary>When the new cluster was asked to run it.</summary>
    public DateTimeOffset? BoundAt { get; init; }

    /// <summary>When the new cluster said that it runs.</summary>
    public DateTimeOffset? RunningAt { get; init; }

    /// <summary>When it was ready there.</summary>
    public DateTimeOffset? ReadyAt { get; init; }

    /// <summary>Of a move: when the old cluster had deleted its volumes. It is asked to once the pet is ready in the new one.</summary>
    public DateTimeOffset? DiscardedAt { get; init; }
}
