using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>The shares after the plan.</summary>
/// <param name="Next">Sorted by cluster.</param>
/// <param name="Lost">The shares, as they were, of clusters that were given up now because they were gone too long.</param>
/// <param name="DueAt">When the next cluster is given up, if none comes back before.</param>
/// <param name="LeavesAt">When the next cluster stops its pods that is Leaving.</param>
internal sealed record SharePlan(IReadOnlyList<ClusterShare> Next, IReadOnlyList<ClusterShare> Lost, DateTimeOffset? DueAt, DateTimeOffset? LeavesAt);

/// <summary>Moves each cluster's share to where the placement wants it.</summary>
/// <remarks>
/// <code>
/// the cluster        is to run replicas   its share becomes
/// no longer exists   -                    dropped: nobody is left to ask
/// exists             yes                  Active
/// stays idle         no                   as it is, with 0 replicas
/// Ready, serves      no                   Leaving, until nobody needs it or asks for it any more; then Withdrawing
/// Ready              no                   Withdrawing, until it confirms
/// not Ready          no                   Away if it was Active or Leaving; else as it is: nothing is withdrawn unheard
/// </code>
/// A cluster that serves clients by name goes on until as many pods are ready elsewhere as were placed there; only then do names stop leading to it, and once
/// no resolver can hold an older answer its pods stop. So a planned move costs no request.
/// </remarks>
internal static class SharePlanner
{
    /// <param name="staysIdle">Whether a cluster that is to run nothing keeps its share; null: none does.</param>
    public static SharePlan Plan(PlacedResource placed, Placement placement, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now, Func<ClusterSnapshot, ClusterShare, bool>? staysIdle = null)
    {
        var shares = placed.Shares.ToDictionary(share => share.Cluster);
        var next = new List<ClusterShare>(placement.Targets.Length + shares.Count);
        var lost = new List<ClusterShare>();
        DateTimeOffset? dueAt = null;
        var departure = Departure.Of(placed, placement, now);
        var target = 0;
        foreach (var cluster in clusters)
        {
            var share = shares.GetValueOrDefault(cluster.Name);
            var isTarget = target < placement.Targets.Length && placement.Targets[target].Cluster.Name == cluster.Name;
            var deadline = share is { Phase: SharePhase.Active } ? Failover.DeadlineOf(cluster, placed.Rules, now) : null;
            if (isTarget)
            {
                next.Add(Activate(share, cluster, placement.Targets[target++].Replicas, now));
                if (deadline is { } due && due < DateTimeOffset.MaxValue && (dueAt is null || due < dueAt))
                    dueAt = due;
            }
            else if (share is not null && staysIdle?.Invoke(cluster, share) == true)
            {
                next.Add(Activate(share, cluster, 0, now));
            }
            else if (share is not null)
            {
                if (deadline <= now && share.Replicas > 0)
                    lost.Add(share);
                next.Add(TakeAway(share, cluster, departure, placed.Revision(), now));
            }
        }

        return new SharePlan(next, lost, dueAt, next.Where(share => share.Phase == SharePhase.Leaving).Min(share => share.LeavesAt));
    }

    public static ClusterShare Withdraw(ClusterShare share, long? revision, DateTimeOffset now) => share.Phase == SharePhase.Withdrawing
        ? share
        : share with { Phase = SharePhase.Withdrawing, Replicas = 0, Since = now, LeavesAt = null, WithdrawnAfter = revision };

    public static ClusterShare Activate(ClusterShare? share, ClusterSnapshot cluster, int replicas, DateTimeOffset now)
    {
        if (share is { Phase: SharePhase.Active })
            return share.Replicas == replicas && share.Region == cluster.Region ? share : share with { Replicas = replicas, Region = cluster.Region };
        return (share ?? new ClusterShare { Cluster = cluster.Name }) with
        {
            Region = cluster.Region,
            Phase = SharePhase.Active,
            Replicas = replicas,
            Since = now,
            LeavesAt = null,
            WithdrawnAfter = null,
        };
    }

    private static ClusterShare TakeAway(ClusterShare share, ClusterSnapshot cluster, Departure departure, long? revision, DateTimeOffset now)
    {
        if (cluster.IsReady)
            return departure.MayGo(share) ? Withdraw(share, revision, now) : departure.Delay(share);
        return share.Phase is SharePhase.Active or SharePhase.Leaving
            ? new ClusterShare { Cluster = share.Cluster, Region = cluster.Region, Phase = SharePhase.Away, Since = now }
            : share;
    }
}
