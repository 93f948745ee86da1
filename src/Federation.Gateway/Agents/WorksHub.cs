using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Pets;
using Federation.Domain.Works;
using Federation.Gateway.Sources;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Agents;

/// <summary>Tells each cluster's stream of works which objects to look at again. One reader of the log for all streams.</summary>
/// <remarks>
/// A change of an object touches only the clusters that have, or had, a share of it. Streams are level-triggered: they learn what changed, not how,
/// and render what the cache shows then; so nothing is lost by coalescing, and a stream that begins needs the present state only.
/// </remarks>
internal sealed partial class WorksHub(IObjectCache cache, IObjectStore store, TimeProvider time, ILogger<WorksHub> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<ObjectKey>> _placedOn = [];
    private readonly Dictionary<string, HashSet<WorksSubscription>> _streams = [];
    private readonly DataIndex _data = new();
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreIdentity _identity;
    private long _revision;

    /// <summary>Completes when the index is loaded.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Begins a stream: every object with a share in the cluster is marked, and every later change will be.</summary>
    public WorksSubscription Subscribe(string cluster)
    {
        lock (_lock)
        {
            var subscription = new WorksSubscription(cluster, _identity, _revision, _placedOn.GetValueOrDefault(cluster) ?? []);
            if (!_streams.TryGetValue(cluster, out var streams))
                _streams[cluster] = streams = [];
            streams.Add(subscription);
            return subscription;
        }
    }

    public void Unsubscribe(WorksSubscription subscription)
    {
        lock (_lock)
        {
            if (_streams.TryGetValue(subscription.Cluster, out var streams) && streams.Remove(subscription) && streams.Count == 0)
                _streams.Remove(subscription.Cluster);
        }
    }

    /// <summary>Some of the objects that have a share in a cluster.</summary>
    public IReadOnlyList<ObjectKey> PlacedOn(string cluster, int most)
    {
        lock (_lock)
            return [.. (_placedOn.GetValueOrDefault(cluster) ?? []).Take(most)];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await cache.Ready.WaitAsync(stoppingToken);
                await FollowAsync(await store.ReadIdentityAsync(stoppingToken), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException away)
            {
                LogAway(away.Message);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Returns when the thread is lost and everything must be read again.</summary>
    private async Task FollowAsync(StoreIdentity identity, CancellationToken stopping)
    {
        // What is written after the first list comes again as a change.
        var lists = Kinds.Placed.Select(kind => cache.List(kind.Kind)).ToList();
        var revision = lists.Min(list => list.Revision);
        Load(identity, [.. lists.SelectMany(list => list)], revision);
        _loaded.TrySetResult();
        var changes = cache.Subscribe(kind: null, revision);
        while (true)
        {
            var batch = await changes.ReadAsync(stopping);
            Publish(batch);
            if (batch.End is not null)
                return;
        }
    }

    private void Load(StoreIdentity identity, IReadOnlyList<CachedObject> placed, long revision)
    {
        lock (_lock)
        {
            _placedOn.Clear();
            _data.Clear();
            foreach (var cached in placed)
            {
                _data.Set(cached.Key, TemplatesOf(cached));
                foreach (var cluster in ClustersOf(cached))
                    Index_NeedsLock(cluster, cached.Key);
            }

            // Streams begun before have seen another history, or missed changes: they start over.
            foreach (var stream in _streams.Values.SelectMany(streams => streams))
                stream.End();
            (_identity, _revision) = (identity, revision);
        }
    }

    private void Publish(SubscriptionBatch batch)
    {
        lock (_lock)
        {
            foreach (var change in batch.Events)
            {
                if (Kinds.IsPlaced(change.Object.Key.Kind))
                    Publish_NeedsLock(change);
                else if (change.Object.Key.Kind is ConfigMap.KindName or Secret.KindName)
                    PublishData_NeedsLock(change.Object.Key);
                else if (change.Object.Key.Kind == Cluster.KindName)
                    PublishCluster_NeedsLock(change);
            }

            _revision = batch.Revision;
            foreach (var stream in _streams.Values.SelectMany(streams => streams))
                stream.Reach(_revision);
        }
    }

    /// <summary>A cluster's own stream says what people want of its machines. Its addresses are where pets find those that it runs, wherever they are.</summary>
    private void PublishCluster_NeedsLock(CacheEvent change)
    {
        var name = change.Object.Key.Name;
        if (_streams.TryGetValue(name, out var own))
            Mark(own, change.Object.Key);
        if (AddressIn(change.Previous) == (change.Type == ChangeType.Delete ? null : AddressIn(change.Object)))
            return;
        foreach (var set in _placedOn.GetValueOrDefault(name)?.Where(key => key.Kind == PetSet.KindName) ?? [])
        {
            foreach (var other in cache.Current(set) is { } placed ? ClustersOf(placed) : [])
            {
                if (_streams.TryGetValue(other, out var streams))
                    Mark(streams, set);
            }
        }
    }

    private static string? AddressIn(CachedObject? cluster) => cluster is null ? null : PetNaming.AddressIn(ObjectView.Of(cluster).Resource as Cluster);

    private void Publish_NeedsLock(CacheEvent change)
    {
        var before = change.Previous is { } previous ? ClustersOf(previous) : [];
        var after = change.Type == ChangeType.Delete ? [] : ClustersOf(change.Object);
        if (change.Type == ChangeType.Delete)
            _data.Remove(change.Object.Key);
        else if (change.Previous?.Generation != change.Object.Generation || change.Object.Key.Kind == PetSet.KindName)
            _data.Set(change.Object.Key, TemplatesOf(change.Object));
        foreach (var lost in before.Except(after))
            _placedOn.GetValueOrDefault(lost)?.Remove(change.Object.Key);
        foreach (var cluster in after)
            Index_NeedsLock(cluster, change.Object.Key);
        foreach (var cluster in before.Union(after))
        {
            if (_streams.TryGetValue(cluster, out var streams))
                Mark(streams, change.Object.Key);
        }
    }

    /// <summary>Created, changed or deleted: the works that carry it, or would, are looked at again where they are.</summary>
    private void PublishData_NeedsLock(ObjectKey data)
    {
        foreach (var owner in _data.OwnersOf(data))
        {
            foreach (var cluster in cache.Current(owner) is { } placed ? ClustersOf(placed) : [])
            {
                if (_streams.TryGetValue(cluster, out var streams))
                    Mark(streams, owner);
            }
        }
    }

    private void Index_NeedsLock(string cluster, ObjectKey key)
    {
        if (!_placedOn.TryGetValue(cluster, out var keys))
            _placedOn[cluster] = keys = [];
        keys.Add(key);
    }

    private static void Mark(HashSet<WorksSubscription> streams, ObjectKey key)
    {
        foreach (var stream in streams)
            stream.Mark(key);
    }

    private static IEnumerable<PodTemplate> TemplatesOf(CachedObject placed) => ((PlacedResource)ObjectView.Of(placed).Resource).Templates;

    private static List<string> ClustersOf(CachedObject placed) => [.. ((PlacedResource)ObjectView.Of(placed).Resource).Shares.Select(share => share.Cluster)];

    [LoggerMessage(EventId = 4301, Level = LogLevel.Warning, Message = "The works cannot be followed right now: {Reason}")]
    private partial void LogAway(string reason);
}
