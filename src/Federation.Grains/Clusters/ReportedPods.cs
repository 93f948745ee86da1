using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Pods;

namespace Federation.Grains.Clusters;

/// <summary>The pods and machines of one cluster as last reported, in memory only: a new activation asks the agent for all of them.</summary>
internal sealed class ReportedPods(string cluster, string activation)
{
    private readonly Dictionary<PodName, Pod> _pods = [];
    private IReadOnlyList<Node> _nodes = [];
    private long _sequence;

    public PodDelta Snapshot() => new()
    {
        Cluster = cluster,
        Activation = activation,
        Sequence = _sequence,
        Full = true,
        Pods = [.. _pods.Values],
        Nodes = _nodes,
    };

    /// <returns>What observers need to hear; null: nothing changed.</returns>
    public PodDelta? Apply(Report report)
    {
        List<PodName> removed = report.Full ? MissingFrom(report.Pods) : [];
        removed.AddRange(report.RemovedPods.Where(_pods.ContainsKey));
        foreach (var name in removed)
            _pods.Remove(name);
        foreach (var pod in report.Pods)
            _pods[NameOf(pod)] = pod;
        _nodes = report.Nodes ?? _nodes;
        if (removed.Count == 0 && report.Pods.Count == 0 && report.Nodes is null)
            return null;
        return new PodDelta
        {
            Cluster = cluster,
            Activation = activation,
            Sequence = ++_sequence,
            Full = report.Full,
            Pods = report.Pods,
            Removed = removed,
            Nodes = report.Nodes,
        };
    }

    /// <summary>This very pod, and not another one of its name.</summary>
    public bool Has(PodEviction eviction) =>
        _pods.TryGetValue(new PodName(eviction.Namespace, eviction.Name), out var pod) && pod.Metadata.Uid == eviction.Uid;

    public bool Has(PodName name) => _pods.ContainsKey(name);

    private List<PodName> MissingFrom(IReadOnlyList<Pod> pods)
    {
        var named = pods.Select(NameOf).ToHashSet();
        return [.. _pods.Keys.Where(name => !named.Contains(name))];
    }

    private static PodName NameOf(Pod pod) => new(pod.Metadata.Namespace ?? "", pod.Metadata.Name);
}
