using Federation.Api.Quantities;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Names the places that miss least for what found none.</summary>
internal static class CapacityHints
{
    private const int MostPlaces = 3;

    /// <param name="full">Places that only capacity keeps from taking more, and how many each holds.</param>
    /// <param name="noun">What is placed, such as <c>replica</c>.</param>
    public static IEnumerable<string> Of(IEnumerable<(Place Place, int Held)> full, ResourceAmounts pod, int unplaced, string noun) => full
        .Select(entry => (entry.Place, Missing: Missing(entry.Place.Free, pod, entry.Held + unplaced)))
        .OrderBy(entry => entry.Missing.CpuMilli).ThenBy(entry => entry.Missing.MemoryBytes).ThenBy(entry => entry.Missing.Pods).ThenBy(entry => entry.Place.Name, StringComparer.Ordinal)
        .Take(MostPlaces)
        .Select(entry => $"{unplaced} more {noun}{(unplaced == 1 ? "" : "s")} would fit if {entry.Place.Name} had {Show(entry.Missing)}");

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
}
