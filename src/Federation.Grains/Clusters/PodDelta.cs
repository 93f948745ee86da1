using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Pods;

namespace Federation.Grains.Clusters;

/// <summary>A change of one cluster's pods, or all of them.</summary>
[GenerateSerializer]
[Immutable]
[Alias("federation.PodDelta")]
public sealed record PodDelta
{
    [Id(0)]
    public required string Cluster { get; init; }

    /// <summary>Grows by one with each delta of one activation; a gap or another <see cref="Activation"/> means: subscribe again.</summary>
    [Id(1)]
    public required long Sequence { get; init; }

    [Id(2)]
    public required string Activation { get; init; }

    /// <summary>True: the whole set; what is not in it is gone.</summary>
    [Id(3)]
    public bool Full { get; init; }

    [Id(4)]
    public IReadOnlyList<Pod> Pods { get; init; } = [];

    [Id(5)]
    public IReadOnlyList<PodName> Removed { get; init; } = [];

    /// <summary>All machines of the cluster; null: as before.</summary>
    [Id(6)]
    public IReadOnlyList<Node>? Nodes { get; init; }
}
