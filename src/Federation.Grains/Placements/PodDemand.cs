using Federation.Api.Apps;
using Federation.Api.Quantities;
using Federation.Domain.Scheduling;

namespace Federation.Grains.Placements;

/// <summary>What pods take from a cluster, as a sum that is kept: unlike a capacity it is never without bounds.</summary>
internal readonly record struct PodDemand(long CpuMilli, long MemoryBytes, long Pods)
{
    /// <summary>One pod of a template.</summary>
    public static PodDemand Of(PodTemplate template) => Of(ResourceAmounts.OfPod(template));

    public static PodDemand Of(ResourceAmounts amounts) => new(amounts.CpuMilli, amounts.MemoryBytes, amounts.Pods);

    public static PodDemand operator +(PodDemand left, PodDemand right) =>
        new(left.CpuMilli + right.CpuMilli, left.MemoryBytes + right.MemoryBytes, left.Pods + right.Pods);

    public static PodDemand operator -(PodDemand left, PodDemand right) =>
        new(left.CpuMilli - right.CpuMilli, left.MemoryBytes - right.MemoryBytes, left.Pods - right.Pods);

    public static PodDemand operator *(PodDemand demand, int times) => new(demand.CpuMilli * times, demand.MemoryBytes * times, demand.Pods * times);

    public ResourceAmounts ToAmounts() => new(CpuMilli, MemoryBytes, Pods);

    /// <summary>As a Cluster's status shows it.</summary>
    public IReadOnlyDictionary<string, Quantity> ToQuantities() => new Dictionary<string, Quantity>
    {
        ["cpu"] = Quantity.FromMilli(CpuMilli),
        ["memory"] = Quantity.FromValue(MemoryBytes),
        ["pods"] = Quantity.FromValue(Pods),
    };
}
