using System.Globalization;
using Federation.Api.Quantities;
using Federation.Api.Selectors;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Says which input would change the outcome. Only asked when something is missing.</summary>
internal static class Hints
{
    private const int MostClusters = 3;
    private const int MostLabels = 5;

    public static List<string> Of(PlacementInput input, ReadOnlySpan<Candidate> candidates, List<ClusterSnapshot> roomless, Refusals refusals, int unplaced)
    {
        if (input.Clusters.IsEmpty)
            return ["no cluster has joined the federation"];

        var hints = new List<string>();
        if (refusals.CountOf(FilterNames.ClusterSelector) > 0 && candidates.IsEmpty && roomless.Count == 0)
            hints.Add($"no cluster matches placement.clusters {Show(input.Spec.Clusters!)}; labels seen: {LabelsSeen(input)}");
        if (refusals.CountOf(FilterNames.Region) > 0 && candidates.IsEmpty && roomless.Count == 0)
            hints.Add($"placement.regions is [{string.Join(", ", input.Spec.Regions)}]; regions seen: {RegionsSeen(input)}");
        if (refusals.CountOf(FilterNames.Ready) is var away and > 0)
            hints.Add($"{Clusters(away)} not Ready and could take replicas once back");
        if (refusals.CountOf(FilterNames.Unschedulable) is var cordoned and > 0)
            hints.Add($"{Clusters(cordoned)} unschedulable (spec.unschedulable)");
        if (refusals.CountOf(FilterNames.Taints) is var tainted and > 0)
            hints.Add($"{Clusters(tainted)} tainted NoSchedule");
        if (refusals.CountOf(FilterNames.Spread) is var spread and > 0)
            hints.Add($"{Clusters(spread)} left out by a maximum of placement.spread");
        AddCapacity(input, candidates, roomless, unplaced, hints);
        return hints;
    }

    /// <summary>Names the clusters that miss least for the replicas that found no place.</summary>
    private static void AddCapacity(PlacementInput input, ReadOnlySpan<Candidate> candidates, List<ClusterSnapshot> roomless, int unplaced, List<string> hints)
    {
        var full = new List<(ClusterSnapshot Cluster, int Held)>();
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.IsOpen && candidate.Replicas == candidate.Limit)
                full.Add((candidate.Cluster, candidate.Replicas));
        }

        full.AddRange(roomless.Where(cluster => cluster is { IsReady: true, Unschedulable: false, BlockingTaint: null }).Select(cluster => (cluster, 0)));
        var nearest = full
            .Select(entry => (entry.Cluster, Missing: Missing(entry.Cluster.Free, input.Pod, entry.Held + unplaced)))
            .OrderBy(entry => entry.Missing.CpuMilli).ThenBy(entry => entry.Missing.MemoryBytes).ThenBy(entry => entry.Missing.Pods).ThenBy(entry => entry.Cluster.Name, StringComparer.Ordinal)
            .Take(MostClusters);
        foreach (var (cluster, missing) in nearest)
            hints.Add($"{Replicas(unplaced)} would fit if {cluster.Name} had {Show(missing)}");
    }

    private static ResourceAmounts Missing(ResourceAmounts free, ResourceAmounts pod, int replicas) => new(
        Missing(free.CpuMilli, pod.CpuMilli, replicas), Missing(free.MemoryBytes, pod.MemoryBytes, replicas), Missing(free.Pods, pod.Pods, replicas));

    private static long Missing(long free, long pod, int replicas) => free == ResourceAmounts.Unlimited ? 0 : Math.Max(0, (pod * replicas) - free);

    private static string Show(ResourceAmounts missing)
    {
        var parts = new List<string>();
        if (missing.CpuMilli > 0)
            parts.Add($"{Quantity.FromMilli(missing.CpuMilli)} more cpu");
        if (missing.MemoryBytes > 0)
            parts.Add($"{Quantity.FromValue(missing.MemoryBytes)} more memory");
        if (missing.Pods > 0)
            parts.Add($"room for {missing.Pods} more pods");
        return string.Join(" and ", parts);
    }

    private static string Show(LabelSelector selector)
    {
        var parts = selector.MatchLabels.Select(label => $"{label.Key}: {label.Value}").Concat(selector.MatchExpressions.Select(Show));
        return $"{{{string.Join(", ", parts)}}}";
    }

    private static string Show(LabelRequirement requirement) => requirement.Operator switch
    {
        LabelOperator.In => $"{requirement.Key} in ({string.Join(", ", requirement.Values)})",
        LabelOperator.NotIn => $"{requirement.Key} notin ({string.Join(", ", requirement.Values)})",
        LabelOperator.Exists => requirement.Key,
        _ => $"!{requirement.Key}",
    };

    /// <summary>What the clusters say about the keys that are asked for.</summary>
    private static string LabelsSeen(PlacementInput input)
    {
        var keys = input.Spec.Clusters!.MatchLabels.Keys.Concat(input.Spec.Clusters.MatchExpressions.Select(expression => expression.Key)).ToHashSet();
        return Counted(input.Clusters.SelectMany(cluster => cluster.Labels.Where(label => keys.Contains(label.Key)).Select(label => $"{label.Key}={label.Value}")));
    }

    private static string RegionsSeen(PlacementInput input) => Counted(input.Clusters.Select(cluster => cluster.Region));

    private static string Counted(IEnumerable<string> values)
    {
        var counted = values.GroupBy(value => value)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .Take(MostLabels).Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({group.Count()})"));
        var text = string.Join(", ", counted);
        return text.Length == 0 ? "none" : text;
    }

    private static string Replicas(int count) => count == 1 ? "1 more replica" : $"{count} more replicas";

    private static string Clusters(int count) => count == 1 ? "1 cluster is" : $"{count} clusters are";
}
