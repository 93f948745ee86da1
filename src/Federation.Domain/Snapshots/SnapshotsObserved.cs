using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Snapshots;

/// <summary>What a PetSnapshot is planned from, besides itself with the clusters' reports folded in (<see cref="SnapshotReports"/>).</summary>
/// <param name="Placement">The time, and every cluster that exists.</param>
public sealed record SnapshotsObserved(PlacementObserved Placement)
{
    /// <summary>The set whose pets they are, as stored; null: there is none.</summary>
    public PetSet? Set { get; init; }

    /// <summary>Ids of copies from which pets are being restored: they are kept meanwhile.</summary>
    public IReadOnlySet<string> Restoring { get; init; } = new HashSet<string>();

    public DateTimeOffset Now => Placement.Now;
}
