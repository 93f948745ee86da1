using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Pods;
using Federation.Grains.Clusters;

namespace Federation.Gateway.Pods;

/// <summary>The pods of one cluster as its grain tells them: a full set, then deltas with gap-free sequence numbers.</summary>
internal sealed class ClusterPods(string name, PodTable table, PodOwners owners)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<PodName, Pod> _pods = [];
    private readonly List<PodDelta> _early = [];
    private string? _activation;
    private long _sequence;
    private Cluster? _cluster;

    /// <summary>The answer to a subscription; deltas that overtook it follow.</summary>
    /// <returns>False: deltas are missing, subscribe again.</returns>
    public bool Reset(PodDelta full)
    {
        lock (_lock)
        {
            if (full.Activation != _activation || full.Sequence != _sequence)
            {
                var kept = full.Pods.Select(NameOf).ToHashSet();
                Apply_NeedsLock(full.Pods, [.. _pods.Keys.Where(known => !kept.Contains(known))]);
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
            var shownAlike = _cluster is not null && _cluster.Spec.Region == cluster.Spec.Region && PodProjection.IsAway(_cluster) == PodProjection.IsAway(cluster);
            _cluster = cluster;
            if (!shownAlike)
                Show_NeedsLock(_pods.Values);
        }
    }

    public void Clear()
    {
        lock (_lock)
            Apply_NeedsLock([], [.. _pods.Keys]);
    }

    private bool Follow_NeedsLock(PodDelta delta)
    {
        if (delta.Activation == _activation && delta.Sequence <= _sequence)
            return true;
        if (delta.Full)
        {
            var kept = delta.Pods.Select(NameOf).ToHashSet();
            Apply_NeedsLock(delta.Pods, [.. _pods.Keys.Where(known => !kept.Contains(known))]);
            (_activation, _sequence) = (delta.Activation, delta.Sequence);
            return true;
        }

        if (delta.Activation != _activation || delta.Sequence != _sequence + 1)
            return false;
        Apply_NeedsLock(delta.Pods, delta.Removed);
        _sequence = delta.Sequence;
        return true;
    }

    private void Apply_NeedsLock(IReadOnlyList<Pod> set, IReadOnlyList<PodName> removed)
    {
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
    private IEnumerable<Pod> Shown_NeedsLock(IEnumerable<Pod> pods) => pods.Where(pod => owners.Claim(pod.Key, name)).Select(pod => PodProjection.Show(pod, name, _cluster));

    private static PodName NameOf(Pod pod) => new(pod.Metadata.Namespace ?? "", pod.Metadata.Name);
}
