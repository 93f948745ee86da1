using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Decides which clusters take part, and how much each can hold. The first filter that refuses a cluster is the one that is named.</summary>
/// <remarks>
/// <code>
/// filter            refuses                                     a cluster that already runs the app
/// Ready             not Ready                                   keeps its replicas until failover.after has passed
/// Region            a region that placement.regions leaves out  loses them
/// ClusterSelector   labels that do not match                    loses them
/// Weight            named by no weight, or by weight 0          loses them
/// Unschedulable     cordoned, or being deleted                  keeps them, takes no more
/// Taints            a NoSchedule taint                          keeps them, takes no more
/// Capacity          no room for one pod                         keeps what fits
/// </code>
/// </remarks>
internal static class Filters
{
    public const string LeaseRanOut = "nothing was heard from the cluster for longer than its lease";
    public const string NotReady = "the cluster left or its container engine is down";
    private const string Cordoned = "spec.unschedulable is true";
    private const string OtherRegion = "its region is not among placement.regions";
    private const string OtherLabels = "its labels do not match placement.clusters";
    private const string NoWeight = "no entry of placement.divide.weights with a weight above 0 names it or its region";

    /// <summary>Fills <paramref name="candidates"/> in name order, and returns their number.</summary>
    /// <param name="roomless">Clusters that only capacity refused.</param>
    public static int Apply(PlacementInput input, Span<Candidate> candidates, Refusals refusals, List<ClusterSnapshot> roomless)
    {
        var (count, nextShare) = (0, 0);
        foreach (var cluster in input.Clusters)
        {
            var current = CurrentReplicas(input.Shares, cluster.Name, ref nextShare);
            if (Refuse(input, cluster, current, out var entry) is { } refusal)
            {
                refusals.Add(refusal.Filter, refusal.Reason, cluster.Name);
                continue;
            }

            var fit = cluster.Free.Fit(input.Pod);
            var isOpen = cluster is { IsReady: true, Unschedulable: false, BlockingTaint: null };
            var limit = isOpen ? fit : cluster.IsReady ? Math.Min(current, fit) : current;
            if (limit == 0)
            {
                refusals.Add(FilterNames.Capacity, LackOf(cluster.Free, input.Pod), cluster.Name);
                roomless.Add(cluster);
                continue;
            }

            candidates[count++] = new Candidate { Place = cluster, Current = current, Limit = limit, IsOpen = isOpen, WeightEntry = entry };
        }

        return count;
    }

    /// <summary>Whether the placement names the cluster at all, whatever state it is in.</summary>
    public static bool IsAllowed(ClusterSnapshot cluster, PlacementSpec spec) =>
        (spec.Regions.Count == 0 || spec.Regions.Contains(cluster.Region)) && spec.Clusters?.Matches(cluster.Labels) != false;

    /// <summary>The first resource that one pod does not find.</summary>
    public static string LackOf(ResourceAmounts free, ResourceAmounts pod) =>
        free.CpuMilli < pod.CpuMilli ? "insufficient cpu"
        : free.MemoryBytes < pod.MemoryBytes ? "insufficient memory"
        : "too many pods";

    private static (string Filter, string Reason)? Refuse(PlacementInput input, ClusterSnapshot cluster, int current, out int weightEntry)
    {
        var spec = input.Spec;
        weightEntry = -1;
        if (!cluster.IsReady && (current == 0 || !Failover.KeepsItsShare(cluster, spec, input.Now)))
            return (FilterNames.Ready, cluster.Ready == ConditionStatus.Unknown ? LeaseRanOut : NotReady);
        if (spec.Regions.Count > 0 && !spec.Regions.Contains(cluster.Region))
            return (FilterNames.Region, OtherRegion);
        if (spec.Clusters is { } selector && !selector.Matches(cluster.Labels))
            return (FilterNames.ClusterSelector, OtherLabels);
        if (input.Weights.Count > 0)
        {
            weightEntry = WeightEntry(input.Weights, cluster);
            if (weightEntry < 0 || input.Weights[weightEntry].Weight <= 0)
                return (FilterNames.Weight, NoWeight);
        }

        if (current > 0)
            return null;
        if (cluster.Unschedulable)
            return (FilterNames.Unschedulable, Cordoned);
        return cluster.BlockingTaint is { } taint ? (FilterNames.Taints, taint) : null;
    }

    private static int CurrentReplicas(IReadOnlyList<ClusterShare> shares, string cluster, ref int next)
    {
        while (next < shares.Count && string.CompareOrdinal(shares[next].Cluster, cluster) < 0)
            next++;
        return next < shares.Count && shares[next].Cluster == cluster && shares[next].Phase == SharePhase.Active ? Math.Max(0, shares[next].Replicas) : 0;
    }

    private static int WeightEntry(IReadOnlyList<DivideWeight> weights, ClusterSnapshot cluster)
    {
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i].Cluster == cluster.Name || (weights[i].Cluster is null && weights[i].Region == cluster.Region))
                return i;
        }

        return -1;
    }
}
