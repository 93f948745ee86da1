using Federation.Api.Snapshots;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>What a PetSet is planned from, besides the set itself with the clusters' reports folded in (<see cref="PetReports"/>).</summary>
/// <param name="Placement">The time, and every cluster that exists.</param>
/// <param name="Fenced">
/// The clusters whose grains say that no permission of theirs can be in force any more: by name, the revision at which the set was stored when they
/// were asked. An answer counts for releases that were written by then, and for no others.
/// </param>
public sealed record PetsObserved(PlacementObserved Placement, IReadOnlyDictionary<string, long> Fenced)
{
    public PetsObserved(PlacementObserved placement)
        : this(placement, new Dictionary<string, long>())
    {
    }

    /// <summary>The store's identity; null: nothing is known of stores.</summary>
    public string? Store { get; init; }

    /// <summary>The PetSnapshots of the set's namespace.</summary>
    public IReadOnlyList<PetSnapshot> Snapshots { get; init; } = [];

    public DateTimeOffset Now => Placement.Now;

    /// <inheritdoc cref="PlacementObserved.WithFree"/>
    public PetsObserved WithFree(string cluster, ResourceAmounts free) => this with { Placement = Placement.WithFree(cluster, free) };
}
