using Federation.Api.Apps;
using Federation.Api.Quantities;

namespace Federation.Domain.Scheduling;

/// <summary>What pods take, or what a cluster has for them.</summary>
/// <param name="CpuMilli">Thousandths of a core.</param>
/// <param name="MemoryBytes">Bytes.</param>
/// <param name="Pods">Pods.</param>
public readonly record struct ResourceAmounts(long CpuMilli, long MemoryBytes, long Pods)
{
    /// <summary>As a capacity: nothing is known to bound it.</summary>
    public const long Unlimited = long.MaxValue;

    /// <summary>A cluster's capacity; a resource it does not state does not bound it.</summary>
    public static ResourceAmounts OfCapacity(IReadOnlyDictionary<string, Quantity> capacity) => new(
        capacity.TryGetValue("cpu", out var cpu) ? cpu.Milli : Unlimited,
        capacity.TryGetValue("memory", out var memory) ? memory.Value : Unlimited,
        capacity.TryGetValue("pods", out var pods) ? pods.Value : Unlimited);

    /// <summary>What is allocated; a resource that is not stated is not in use.</summary>
    public static ResourceAmounts OfAllocation(IReadOnlyDictionary<string, Quantity> allocated) => new(
        allocated.GetValueOrDefault("cpu").Milli,
        allocated.GetValueOrDefault("memory").Value,
        allocated.GetValueOrDefault("pods").Value);

    /// <summary>What one pod of a template requests.</summary>
    public static ResourceAmounts OfPod(PodTemplate template)
    {
        var (cpu, memory) = (0L, 0L);
        foreach (var container in template.Spec.Containers)
        {
            cpu += Request(container.Resources, "cpu").Milli;
            memory += Request(container.Resources, "memory").Value;
        }

        return new ResourceAmounts(cpu, memory, 1);
    }

    public static ResourceAmounts operator *(ResourceAmounts amounts, int times) =>
        new(amounts.CpuMilli * times, amounts.MemoryBytes * times, amounts.Pods * times);

    public static ResourceAmounts Multiply(ResourceAmounts amounts, int times) => amounts * times;

    /// <summary>What is left of a capacity, at least 0.</summary>
    public ResourceAmounts Less(ResourceAmounts taken) => new(Less(CpuMilli, taken.CpuMilli), Less(MemoryBytes, taken.MemoryBytes), Less(Pods, taken.Pods));

    /// <summary>How many pods of this size fit into it.</summary>
    public int Fit(ResourceAmounts pod) => (int)Math.Min(
        Math.Min(Fit(CpuMilli, pod.CpuMilli), Fit(MemoryBytes, pod.MemoryBytes)),
        Math.Min(Fit(Pods, pod.Pods), int.MaxValue));

    private static long Less(long amount, long taken) => amount == Unlimited ? Unlimited : Math.Max(0, amount - Math.Max(0, taken));

    private static long Fit(long amount, long pod) => amount == Unlimited || pod <= 0 ? Unlimited : Math.Max(0, amount) / pod;

    private static Quantity Request(ResourceRequirements resources, string name) =>
        resources.Requests.TryGetValue(name, out var request) ? request : resources.Limits.GetValueOrDefault(name);
}
