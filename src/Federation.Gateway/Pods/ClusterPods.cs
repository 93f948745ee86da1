using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Gateway.Sources;
using Federation.Grains.Clusters;

namespace Federation.Gateway.Pods;

/// <summary>The pods and machines of one cluster as its grain tells them: a full set, then deltas with gap-free sequence numbers.</summary>
internal sealed class ClusterPods(string name, ReportedTable table, PodOwners owners, ClusterNodes nodes)
{
    private readonly Lock _lock = new();
    private readonly ClusterNodes _nodes = nodes;
    private readonly Dictionary<PodName, Pod> _pods = [];
    private readonly List<PodDelta> _early = [];
    private string? _activation;
    private long _sequence;
    private Cluster? _cluster;
    private Dictionary<string, PodEviction> _evictions = [];

    /// <summary>The answer to a subscription; deltas that overtook it follow.</summary>
    /// <returns>False: deltas are missing, subscribe again.</returns>
    public bool Reset(PodDelta full)
    {
        lock (_lock)
        {
            if (full.Activation != _activation || full.Sequence != _sequence)
            {
                var kept = full.Pods.Select(NameOf).ToHashSet();
                Apply_NeedsLock(full.Pods, [.. _pods.Keys.Where(known => !kept.Contains(known))], full.Nodes);
                (_activation, _sequence) = (full.Activation, full.Sequence);
            }

            var early = _early.OrderBy(delta => delta.Sequence).ToList();
            _early.Clear();
            return early.TrueForAll(Follow_NeedsLock);
        }
    }

    /// <returns>False: deltas are missing, subscribe again.</returns>
    public bool Follow(PodDelta delta)
    {
        lock (_lock)
        {
            if (_activation is not null && (delta.Activation == _activation || !delta.Full))
                return Follow_NeedsLock(delta);
            _early.Add(delta);
            return _activation is null;
        }
    }

    /// <summary>The Cluster object changed: what its pods look like may depend on it.</summary>
    public void Know(Cluster cluster)
    {
        lock (_lock)
        {
            // Told by two readers of the store, of which one may be behind.
            if (_cluster?.Metadata.Uid == cluster.Metadata.Uid && _cluster?.Revision() > cluster.Revision())
                return;
            var shownAlike = _cluster is not null && _cluster.Spec.Region == cluster.Spec.Region && PodProjection.IsAway(_cluster) == PodProjection.IsAway(cluster);
            _cluster = cluster;
            var before = _evictions;
            _evictions = cluster.Status.Evictions.ToDictionary(eviction => eviction.Uid);
            if (!shownAlike)
                Show_NeedsLock(_pods.Values);
            else if (before.Count + _evictions.Count > 0)
                Show_NeedsLock(before.Values.Union(_evictions.Values).Select(Find_NeedsLock).OfType<Pod>());
            _nodes.Know(cluster);
        }
    }

    /// <summary>A machine as its agent reported it.</summary>
    public Node? FindNode(string node)
    {
        lock (_lock)
            return _nodes.Find(node);
    }

    public void Clear()
    {
        lock (_lock)
            Apply_NeedsLock([], [.. _pods.Keys], nodes: []);
    }

    private bool Follow_NeedsLock(PodDelta delta)
    {
        if (delta.Activation == _activation && delta.Sequence <= _sequence)
            return true;
        if (delta.Full)
        {
            var kept = delta.Pods.Select(NameOf).ToHashSet();
            Apply_NeedsLock(delta.Pods, [.. _pods.Keys.Where(known => !kept.Contains(known))], delta.Nodes);
            (_activation, _sequence) = (delta.Activation, delta.Sequence);
            return true;
        }

        if (delta.Activation != _activation || delta.Sequence != _sequence + 1)
            return false;
        Apply_NeedsLock(delta.Pods, delta.Removed, delta.Nodes);
        _sequence = delta.Sequence;
        return true;
    }

    private void Apply_NeedsLock(IReadOnlyList<Pod> set, IReadOnlyList<PodName> removed, IReadOnlyList<Node>? nodes)
    {
        if (nodes is not null)
            _nodes.Set(nodes);
        foreach (var pod in set)
            _pods[NameOf(pod)] = pod;
        var gone = new List<ObjectKey>();
        foreach (var podName in removed)
        {
            var key = new ObjectKey(Pod.KindName, podName.Namespace, podName.Name);
            if (_pods.Remove(podName) && owners.Release(key, name))
                gone.Add(key);
        }

        table.Apply([.. Shown_NeedsLock(set)], gone);
    }

    private void Show_NeedsLock(IEnumerable<Pod> pods) => table.Apply([.. Shown_NeedsLock(pods)], []);

    /// <summary>A name that another cluster holds is not shown twice, nor taken over.</summary>
    private IEnumerable<Pod> Shown_NeedsLock(IEnumerable<Pod> pods) => pods.Where(pod => owners.Claim(pod, name)).Select(pod => PodProjection.Show(pod, name, _cluster, EvictionOf_NeedsLock(pod)));

    private PodEviction? EvictionOf_NeedsLock(Pod pod) => _evictions.Count == 0 ? null : _evictions.GetValueOrDefault(pod.Metadata.Uid ?? "");

    private Pod? Find_NeedsLock(PodEviction eviction) => _pods.GetValueOrDefault(new PodName(eviction.Namespace, eviction.Name));

    private static PodName NameOf(Pod pod) => new(pod.Metadata.Namespace ?? "", pod.Metadata.Name);
}
