using Federation.Api.Agents;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Usage;

/// <summary>A running container to measure.</summary>
internal sealed record UsageTarget(PodName Pod, string Slot, string Container, DateTimeOffset? StartedAt);

/// <summary>Turns counters into loads: the difference of two looks at a container, or its whole life at the first. Used by one thread.</summary>
internal sealed class UsageMeter
{
    /// <summary>Idle memory wavers by pages; what is less than this is no news.</summary>
    private const long MemoryStep = 64 * 1024;

    private Dictionary<string, (DateTimeOffset At, TimeSpan Cpu)> _seen = [];

    /// <param name="looks">The containers that were looked at now, with what was seen. Those that are missing are forgotten.</param>
    public IReadOnlyList<PodUsage> Measure(IReadOnlyList<(UsageTarget Target, ContainerStats Stats)> looks)
    {
        var seen = new Dictionary<string, (DateTimeOffset, TimeSpan)>(looks.Count);
        var pods = looks.GroupBy(look => look.Target.Pod).Select(pod => new PodUsage
        {
            Namespace = pod.Key.Namespace,
            Name = pod.Key.Name,
            Containers = [.. pod.OrderBy(look => look.Target.Slot, StringComparer.Ordinal).Select(look => Measure(look.Target, look.Stats))],
        }).ToList();
        foreach (var (target, stats) in looks)
            seen[target.Container] = (stats.At, stats.CpuTime);
        _seen = seen;
        return pods;
    }

    private ContainerUsage Measure(UsageTarget target, ContainerStats stats) => new()
    {
        Name = target.Slot,
        CpuMilli = CpuMilli(target, stats),
        MemoryBytes = (stats.MemoryWorkingSetBytes + MemoryStep - 1) / MemoryStep * MemoryStep,
    };

    private long CpuMilli(UsageTarget target, ContainerStats stats)
    {
        // A counter that went back began anew: the container was started again.
        var (since, before) = _seen.TryGetValue(target.Container, out var last) && last.Cpu <= stats.CpuTime ? last : (target.StartedAt ?? stats.At, TimeSpan.Zero);
        var elapsed = stats.At - since;
        return elapsed > TimeSpan.Zero ? (long)Math.Round((stats.CpuTime - before) / elapsed * 1000) : 0;
    }
}
