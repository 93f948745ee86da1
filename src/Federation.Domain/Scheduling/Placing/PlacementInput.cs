using System.Collections.Immutable;
using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>What is to be placed where.</summary>
/// <param name="Replicas">As the spec says; with <see cref="DivideMode.Duplicate"/> for each cluster.</param>
/// <param name="Clusters">Sorted by name.</param>
/// <param name="Shares">The app's shares, sorted by cluster.</param>
internal sealed record PlacementInput(
    int Replicas,
    ResourceAmounts Pod,
    PlacementSpec Spec,
    ImmutableArray<ClusterSnapshot> Clusters,
    IReadOnlyList<ClusterShare> Shares,
    DateTimeOffset Now)
{
    public DivideMode Mode => Spec.Divide?.Mode ?? DivideMode.Weighted;

    public IReadOnlyList<DivideWeight> Weights { get; } =
        Spec.Divide is { Mode: null or DivideMode.Weighted } divide ? divide.Weights : [];
}

/// <summary>Where the replicas go, and why.</summary>
internal sealed record Placement
{
    /// <summary>Sorted by cluster; none with 0 replicas.</summary>
    public required ImmutableArray<PlacementTarget> Targets { get; init; }

    /// <summary>All that is asked for, summed over clusters with <see cref="DivideMode.Duplicate"/>.</summary>
    public required int Wanted { get; init; }
    public required int Unplaced { get; init; }
    public required IReadOnlyList<PlacementRefusal> Refused { get; init; }
    public required IReadOnlyList<PlacementScore> Scores { get; init; }
    public required IReadOnlyList<string> Hints { get; init; }

    /// <summary>A sentence for each spread constraint that cannot be met.</summary>
    public required IReadOnlyList<string> UnmetSpread { get; init; }
}

internal readonly record struct PlacementTarget(ClusterSnapshot Cluster, int Replicas);
