using Federation.Api.Apps;
using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Daemons;

/// <summary>Where the daemon runs and how far it is. Counts leave out clusters that are not Ready.</summary>
public sealed record DaemonStatus
{
    /// <summary>The generation that this status speaks of.</summary>
    public long ObservedGeneration { get; init; }

    /// <summary>Machines that should run a pod, as their clusters say.</summary>
    public int Desired { get; init; }

    /// <summary>Pods that exist and run, of any template.</summary>
    public int Running { get; init; }

    /// <summary>Running pods whose readiness probe passes.</summary>
    public int Ready { get; init; }

    /// <summary>Running pods of the current template.</summary>
    public int Updated { get; init; }

    /// <summary>The label selector of the daemon's pods, as text.</summary>
    public string? Selector { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each cluster that takes part, or still runs some of it; sorted by cluster. <c>replicas</c> are the cluster's matching machines.</summary>
    [ListMap("cluster")]
    public IReadOnlyList<ClusterShare> Clusters { get; init; } = [];

    /// <summary>Why these clusters take part and others do not.</summary>
    public PlacementDecision? Placement { get; init; }

    /// <summary>Which bytes the images of the template stand for, on every machine.</summary>
    public ImagePins? Images { get; init; }

    /// <summary>The longest time that resolvers may keep an answer which names the daemon's clusters; absent: the default TTL, 5 s.</summary>
    public HandedOutTtl? LongestTtl { get; init; }
}
