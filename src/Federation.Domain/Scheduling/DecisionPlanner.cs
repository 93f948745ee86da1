using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>Keeps the explanation of a placement with its object, and the receipt of its last failover.</summary>
internal static class DecisionPlanner
{
    /// <returns>The decision as it is, the same instance, while it still holds: scores that moved a little are no news.</returns>
    public static PlacementDecision Plan(
        PlacedResource placed, Placement placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, int readyReplicas, DateTimeOffset now)
    {
        var current = placed.Decision;
        var receipt = Receipt(current?.Failover, placement, shares, clusters, readyReplicas, now);
        if (current is not null && Holds(current, placed, placement, shares))
            return AppStatusEquality.AreEqual(current.Failover, receipt) ? current : current with { Failover = receipt };
        return new PlacementDecision
        {
            ObservedGeneration = placed.Metadata.Generation,
            DecidedAt = now,
            Unplaced = placement.Unplaced,
            Refused = placement.Refused,
            Scores = placement.Scores,
            Hints = placement.Hints,
            Failover = receipt,
        };
    }

    private static bool Holds(PlacementDecision decision, PlacedResource placed, Placement placement, SharePlan shares) =>
        decision.ObservedGeneration == placed.Metadata.Generation
        && decision.Unplaced == placement.Unplaced
        && decision.Hints.SequenceEqual(placement.Hints)
        && AppStatusEquality.AreEqual(Telling(decision.Refused, decision.Unplaced), Telling(placement.Refused, placement.Unplaced))
        && Replicas(placed.Shares).SequenceEqual(Replicas(shares.Next));

    /// <summary>While everything is placed, which clusters happen to be full changes with every other app and tells nothing about this one.</summary>
    private static IReadOnlyList<PlacementRefusal> Telling(IReadOnlyList<PlacementRefusal> refusals, int unplaced) =>
        unplaced > 0 ? refusals : [.. refusals.Where(refusal => refusal.Filter != FilterNames.Capacity)];

    private static IEnumerable<(string, int)> Replicas(IReadOnlyList<ClusterShare> shares) =>
        shares.Where(share => share is { Phase: SharePhase.Active, Replicas: > 0 }).Select(share => (share.Cluster, share.Replicas));

    /// <summary>A failover that begins before the last one is made good belongs to it.</summary>
    private static FailoverReceipt? Receipt(
        FailoverReceipt? last, Placement placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, int readyReplicas, DateTimeOffset now)
    {
        if (shares.Lost.Count > 0)
        {
            var open = last is { RestoredAt: null } ? last : null;
            var names = shares.Lost.Select(share => share.Cluster).ToHashSet();
            var detected = clusters.Where(cluster => names.Contains(cluster.Name)).Min(cluster => cluster.NotReadySince);
            return new FailoverReceipt
            {
                Clusters = [.. names.Union(open?.Clusters ?? []).Order(StringComparer.Ordinal)],
                Replicas = shares.Lost.Sum(share => share.Replicas) + (open?.Replicas ?? 0),
                DetectedAt = open?.DetectedAt < detected ? open.DetectedAt : detected,
                DecidedAt = now,
            };
        }

        return last is { RestoredAt: null } && placement.Unplaced == 0 && readyReplicas >= placement.Wanted ? last with { RestoredAt = now } : last;
    }
}
