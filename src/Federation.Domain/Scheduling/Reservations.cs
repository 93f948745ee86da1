using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>Capacity is held before a share is given, and given back after it was taken.</summary>
internal static class Reservations
{
    public static ImmutableArray<PlacementAction> Plan(
        PlacedResource placed, long observedGeneration, Placement placement, ImmutableArray<ClusterSnapshot> clusters, IReadOnlyList<ClusterShare> next)
    {
        var pod = ResourceAmounts.OfPod(placed.Template);
        var reserve = new List<PlacementAction>();
        var release = new List<PlacementAction>();
        var isNewSpec = placed.Metadata.Generation != observedGeneration;
        var before = placed.Shares.Where(share => share.Phase == SharePhase.Active).ToDictionary(share => share.Cluster, share => share.Replicas);
        foreach (var (cluster, replicas) in placement.Targets)
        {
            var held = cluster.Reserved ?? before.GetValueOrDefault(cluster.Name);
            // A new spec may make each pod larger.
            if (replicas > held || (isNewSpec && cluster.IsReady))
                reserve.Add(new PlacementAction.Reserve(cluster.Name, replicas, pod));
            else if (replicas < held)
                release.Add(new PlacementAction.Release(cluster.Name, replicas, pod));
        }

        // What a cluster without a share still holds is given back. Shares that are going away keep theirs: their pods still run.
        foreach (var cluster in clusters)
        {
            if (cluster.Reserved > 0 && !next.Any(share => share.Cluster == cluster.Name))
                release.Add(new PlacementAction.Release(cluster.Name, 0, pod));
        }

        return [.. reserve, .. release];
    }
}
