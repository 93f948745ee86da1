using Federation.Api.Agents;

namespace MemberCluster.Agent.Snapshots;

/// <summary>What stands beside the tar of a volume in a directory for snapshots, as JSON: enough to find and to restore it by hand.</summary>
internal sealed record SnapshotManifest
{
    /// <summary>Of the PetSnapshot and of the set.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The PetSnapshot's name and uid.</summary>
    public string Snapshot { get; init; } = "";
    public string Uid { get; init; } = "";

    /// <summary>The item.</summary>
    public string Id { get; init; } = "";

    /// <summary>The pet's name, such as <c>db-0</c>.</summary>
    public string Pet { get; init; } = "";

    /// <summary>That the pet had.</summary>
    public long Epoch { get; init; }

    /// <summary>The cluster that the pet was in.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The volume claim's name.</summary>
    public string Claim { get; init; } = "";

    public DateTimeOffset TakenAt { get; init; }
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>Of all files in the volume.</summary>
    public long Bytes { get; init; }

    public long Entries { get; init; }

    /// <inheritdoc cref="VolumeEnd.Digest"/>
    public string Digest { get; init; } = "";

    /// <summary>The tar's own length.</summary>
    public long TarBytes { get; init; }

    public WorkSnapshotClaim ToClaim() => new() { Name = Claim, Bytes = Bytes, Digest = Digest };
}
