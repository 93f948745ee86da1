using Federation.Api.Agents;

namespace Federation.Grains.Clusters;

/// <summary>What the pods of one cluster use as last reported, in memory only.</summary>
/// <param name="isKnown">Whether there is a pod of this name: nothing is kept of others.</param>
internal sealed class ReportedUsage(Func<PodName, bool> isKnown)
{
    private readonly Dictionary<PodName, PodUsage> _pods = [];
    private ClusterUsage _last = new();

    /// <summary>Everything known; <see cref="ClusterUsage.At"/> is the default time when nothing was measured yet.</summary>
    public ClusterUsage Read() => _last with { Pods = [.. _pods.Values] };

    /// <summary>After the pods of the same report were taken.</summary>
    public void Apply(Report report)
    {
        if (report.Full)
            _pods.Clear();
        foreach (var name in report.RemovedPods)
            _pods.Remove(name);
        if (report.Usage is not { } usage)
            return;
        _last = usage with { Pods = [] };
        foreach (var pod in usage.Pods)
        {
            var name = new PodName(pod.Namespace, pod.Name);
            if (isKnown(name))
                _pods[name] = pod;
        }
    }
}
