using System.Globalization;
using Federation.Api.Selectors;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Says which input would change the outcome. Only asked when something is missing.</summary>
internal static class Hints
{
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

    private static void AddCapacity(PlacementInput input, ReadOnlySpan<Candidate> candidates, List<ClusterSnapshot> roomless, int unplaced, List<string> hints)
    {
        var full = new List<(Place Place, int Held)>();
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.IsOpen && candidate.Replicas == candidate.Limit)
                full.Add((candidate.Place, candidate.Replicas));
        }

        full.AddRange(roomless.Where(cluster => cluster is { IsReady: true, Unschedulable: false, BlockingTaint: null }).Select(cluster => ((Place)cluster, 0)));
        hints.AddRange(CapacityHints.Of(full, input.Pod, unplaced, "replica"));
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

    private static string Clusters(int count) => count == 1 ? "1 cluster is" : $"{count} clusters are";
}
