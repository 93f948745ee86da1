using Federation.Api;
using Federation.Api.Apps;

namespace Federation.Grains.Placements;

/// <summary>Who is placed where, by cluster: kept from the change log, so that a question about one cluster costs no walk over all apps.</summary>
/// <remarks>Trails the log by moments; <see cref="Revision"/> says how far it is. Safe for concurrent use.</remarks>
internal sealed class PlacementIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, PlacedObject> _apps = [];
    private readonly Dictionary<string, ClusterApps> _clusters = [];
    private readonly HashSet<ObjectKey> _short = [];
    private readonly HashSet<ObjectKey> _named = []; // those that list whole names
    private long _revision;

    /// <summary>Everything up to here is in the index.</summary>
    public long Revision
    {
        get
        {
            lock (_lock)
                return _revision;
        }
    }

    public void Reset(IEnumerable<PlacedObject> apps, long revision)
    {
        lock (_lock)
        {
            _apps.Clear();
            _clusters.Clear();
            _short.Clear();
            _named.Clear();
            foreach (var app in apps)
                AddNeedsLock(app);
            _revision = revision;
        }
    }

    public void Put(PlacedObject app)
    {
        lock (_lock)
        {
            RemoveNeedsLock(app.Key);
            AddNeedsLock(app);
        }
    }

    public void Remove(ObjectKey key)
    {
        lock (_lock)
            RemoveNeedsLock(key);
    }

    public void Advance(long revision)
    {
        lock (_lock)
            _revision = Math.Max(_revision, revision);
    }

    public PlacedObject? Find(ObjectKey key)
    {
        lock (_lock)
            return _apps.GetValueOrDefault(key);
    }

    /// <summary>What the shares on a cluster request together.</summary>
    public PodDemand AllocatedOn(string cluster)
    {
        lock (_lock)
            return _clusters.TryGetValue(cluster, out var apps) ? apps.Allocated : default;
    }

    /// <summary>The longest TTL that resolvers may hold of a name that leads to a cluster, seconds; null: none does.</summary>
    public int? LongestTtlOn(string cluster)
    {
        lock (_lock)
            return _clusters.TryGetValue(cluster, out var apps) && apps.Ttls.Count > 0 ? apps.Ttls.GetKeyAtIndex(apps.Ttls.Count - 1) : null;
    }

    /// <summary>What the shares on each cluster request together; a cluster without shares is missing.</summary>
    public IReadOnlyDictionary<string, PodDemand> Allocated()
    {
        lock (_lock)
            return _clusters.ToDictionary(cluster => cluster.Key, cluster => cluster.Value.Allocated);
    }

    /// <summary>Every app with a share on the cluster, in whatever phase.</summary>
    public IReadOnlyList<PlacedObject> AppsOn(string cluster)
    {
        lock (_lock)
            return _clusters.TryGetValue(cluster, out var apps) ? [.. apps.Keys.Select(key => _apps[key])] : [];
    }

    /// <summary>Every app the cluster was told to remove and that it has not confirmed yet.</summary>
    public IReadOnlyList<PlacedObject> WithdrawingOn(string cluster)
    {
        lock (_lock)
            return _clusters.TryGetValue(cluster, out var apps) ? [.. apps.Withdrawing.Select(key => _apps[key])] : [];
    }

    /// <summary>Every app that waits for room.</summary>
    public IReadOnlyList<ObjectKey> Short()
    {
        lock (_lock)
            return [.. _short];
    }

    /// <summary>Every object that lists a whole name.</summary>
    public IReadOnlyList<PlacedObject> Named()
    {
        lock (_lock)
            return [.. _named.Select(key => _apps[key])];
    }

    public IReadOnlyList<PlacedObject> All()
    {
        lock (_lock)
            return [.. _apps.Values];
    }

    private void AddNeedsLock(PlacedObject app)
    {
        _apps[app.Key] = app;
        if (app.IsShort)
            _short.Add(app.Key);
        if (app.Hosts.Count > 0)
            _named.Add(app.Key);
        foreach (var share in app.Shares)
        {
            if (!_clusters.TryGetValue(share.Cluster, out var apps))
                _clusters[share.Cluster] = apps = new ClusterApps();
            apps.Keys.Add(app.Key);
            apps.Allocated += app.Pod * share.Replicas;
            apps.Count(app.LongestTtl, 1);
            if (share.Phase == SharePhase.Withdrawing)
                apps.Withdrawing.Add(app.Key);
        }
    }

    private void RemoveNeedsLock(ObjectKey key)
    {
        if (!_apps.Remove(key, out var app))
            return;
        _short.Remove(key);
        _named.Remove(key);
        foreach (var share in app.Shares)
        {
            var apps = _clusters[share.Cluster];
            apps.Keys.Remove(key);
            apps.Withdrawing.Remove(key);
            apps.Allocated -= app.Pod * share.Replicas;
            apps.Count(app.LongestTtl, -1);
            if (apps.Keys.Count == 0)
                _clusters.Remove(share.Cluster);
        }
    }

    private sealed class ClusterApps
    {
        public HashSet<ObjectKey> Keys { get; } = [];
        public HashSet<ObjectKey> Withdrawing { get; } = [];
        public PodDemand Allocated { get; set; }

        /// <summary>How many have names with each TTL.</summary>
        public SortedList<int, int> Ttls { get; } = [];

        public void Count(int? ttl, int one)
        {
            if (ttl is not { } seconds)
                return;
            var count = Ttls.GetValueOrDefault(seconds) + one;
            if (count == 0)
                Ttls.Remove(seconds);
            else
                Ttls[seconds] = count;
        }
    }
}
