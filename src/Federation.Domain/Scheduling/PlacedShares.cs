using System.Collections.Immutable;
using Federation.Api.Apps;

namespace Federation.Domain.Scheduling;

internal static class PlacedShares
{
    /// <summary>The object with its shares sorted by cluster, each cluster once: planners walk clusters and shares side by side.</summary>
    public static PlacedResource Sorted(PlacedResource placed)
    {
        var shares = placed.Shares;
        for (var i = 1; i < shares.Count; i++)
        {
            if (string.CompareOrdinal(shares[i - 1].Cluster, shares[i].Cluster) >= 0)
                return placed.WithShares([.. shares.DistinctBy(share => share.Cluster).OrderBy(share => share.Cluster, StringComparer.Ordinal)]);
        }

        return placed;
    }

    /// <summary>The names of those clusters of the shares that are Ready.</summary>
    /// <param name="shares">Sorted by cluster.</param>
    /// <param name="clusters">Sorted by name; every share has its cluster there.</param>
    public static HashSet<string> ReadyClusters(IReadOnlyList<ClusterShare> shares, ImmutableArray<ClusterSnapshot> clusters)
    {
        var ready = new HashSet<string>(shares.Count);
        var next = 0;
        foreach (var cluster in clusters)
        {
            if (next == shares.Count)
                break;
            if (shares[next].Cluster != cluster.Name)
                continue;
            if (cluster.IsReady)
                ready.Add(cluster.Name);
            next++;
        }

        return ready;
    }

    /// <summary>Sums over shares.</summary>
    /// <remarks>What a cluster that is not Ready last said about its pods is no longer known to be so, and is not counted.</remarks>
    public static PodCounts Count(IReadOnlyList<ClusterShare> shares, HashSet<string> ready)
    {
        var counts = default(PodCounts);
        foreach (var share in shares)
        {
            counts.Wanted += share.Phase == SharePhase.Active ? share.Replicas : 0;
            if (!ready.Contains(share.Cluster))
                continue;
            counts.Running += share.Running;
            counts.Updated += share.Updated;
            counts.Ready += share is { Phase: SharePhase.Active } or { Phase: SharePhase.Leaving, LeavesAt: null } ? share.Ready : 0;
        }

        return counts;
    }
}

/// <summary>Pods of all clusters together.</summary>
internal struct PodCounts
{
    public int Wanted;
    public int Running;
    public int Ready;
    public int Updated;
}
