using Federation.Api.Agents;
using Federation.Api.Quantities;

namespace Federation.Grains.Clusters;

/// <summary>What the control plane knows about a cluster right now, as input of <see cref="ClusterStatusPlanner"/>.</summary>
internal sealed record ClusterSigns
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The last report this activation took; null: none yet.</summary>
    public DateTimeOffset? LastReport { get; init; }

    /// <summary>No report for a whole lease, counted from the activation at the earliest.</summary>
    public required bool LeaseExpired { get; init; }

    /// <summary>The agent's last report said that it leaves.</summary>
    public bool Leaving { get; init; }

    /// <summary>Null: not reported yet.</summary>
    public ClusterInventory? Inventory { get; init; }

    /// <summary>Null: nothing was measured, or nothing is known of it any more; what the status says stays.</summary>
    public IReadOnlyList<RegionLatency>? Latencies { get; init; }

    public IReadOnlyDictionary<string, Quantity> Allocated { get; init; } = Quantity.EmptyMap;

    /// <summary>Seconds; null: no name leads to the cluster.</summary>
    public int? LongestTtl { get; init; }

    /// <summary>Null: not known (no full report yet), so what the status says stays.</summary>
    public IReadOnlyList<string>? Orphans { get; init; }

    /// <summary>Uids whose removal the agent confirmed.</summary>
    public IReadOnlySet<string> Gone { get; init; } = new HashSet<string>();

    /// <summary>Uids of pods that were to stop and are gone.</summary>
    public IReadOnlySet<string> Stopped { get; init; } = new HashSet<string>();

    public FenceSign Fence { get; init; }
}

/// <summary>What is known about a cluster's fenced pets.</summary>
internal enum FenceSign
{
    NotKnown,

    /// <summary>The cluster has no pets.</summary>
    NoPets,

    /// <summary>They may run.</summary>
    Permitted,

    /// <summary>The last permission is surely over.</summary>
    Fenced,
}
