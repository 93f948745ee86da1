using Federation.Api.Apps;
using Federation.Api.Quantities;

namespace Federation.Grains.Placements;

/// <summary>What pods take from a cluster: thousandths of a core, bytes of memory, and places for pods.</summary>
internal readonly record struct PodDemand(long CpuMilli, long MemoryBytes, long Pods)
{
    /// <summary>One pod of a template.</summary>
    public static PodDemand Of(PodTemplate template)
    {
        long cpu = 0, memory = 0;
        foreach (var container in template.Spec.Containers)
        {
            cpu += container.Resources.Requests.TryGetValue("cpu", out var cores) ? cores.Milli : 0;
            memory += container.Resources.Requests.TryGetValue("memory", out var bytes) ? bytes.Value : 0;
        }

        return new PodDemand(cpu, memory, 1);
    }

    /// <summary>What a cluster has; a resource it does not mention is not limited.</summary>
    public static PodDemand CapacityOf(IReadOnlyDictionary<string, Quantity> capacity) => new(
        capacity.TryGetValue("cpu", out var cores) ? cores.Milli : long.MaxValue,
        capacity.TryGetValue("memory", out var bytes) ? bytes.Value : long.MaxValue,
        capacity.TryGetValue("pods", out var pods) ? pods.Value : long.MaxValue);

    public static PodDemand operator +(PodDemand left, PodDemand right) =>
        new(left.CpuMilli + right.CpuMilli, left.MemoryBytes + right.MemoryBytes, left.Pods + right.Pods);

    public static PodDemand operator -(PodDemand left, PodDemand right) =>
        new(left.CpuMilli - right.CpuMilli, left.MemoryBytes - right.MemoryBytes, left.Pods - right.Pods);

    public static PodDemand operator *(PodDemand demand, int times) => new(demand.CpuMilli * times, demand.MemoryBytes * times, demand.Pods * times);

    /// <summary>How many pods of a demand fit into this; never negative.</summary>
    public int Fits(PodDemand pod)
    {
        var fits = Math.Min(Times(CpuMilli, pod.CpuMilli), Math.Min(Times(MemoryBytes, pod.MemoryBytes), Times(Pods, pod.Pods)));
        return (int)Math.Clamp(fits, 0, int.MaxValue);

        static long Times(long room, long each) => each <= 0 ? long.MaxValue : room / each;
    }

    /// <summary>As a Cluster's status shows it.</summary>
    public IReadOnlyDictionary<string, Quantity> ToQuantities() => new Dictionary<string, Quantity>
    {
        ["cpu"] = Quantity.FromMilli(CpuMilli),
        ["memory"] = Quantity.FromValue(MemoryBytes),
        ["pods"] = Quantity.FromValue(Pods),
    };
}
