using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Gateway.Sources;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Agents;

/// <summary>Tells each cluster's stream of works which apps to look at again. One reader of the log for all streams.</summary>
/// <remarks>
/// A change of an app touches only the clusters that have, or had, a share of it. Streams are level-triggered: they learn which app changed, not how,
/// and render what the cache shows then; so nothing is lost by coalescing, and a stream that begins needs the present state only.
/// </remarks>
internal sealed partial class WorksHub(IObjectCache cache, IObjectStore store, TimeProvider time, ILogger<WorksHub> logger) : BackgroundService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<ObjectKey>> _appsOfCluster = [];
    private readonly Dictionary<string, HashSet<WorksSubscription>> _streams = [];
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreIdentity _identity;
    private long _revision;

    /// <summary>Completes when the index is loaded.</summary>
    public Task Loaded => _loaded.Task;

    /// <summary>Begins a stream: every app with a share in the cluster is marked, and every later change will be.</summary>
    public WorksSubscription Subscribe(string cluster)
    {
        lock (_lock)
        {
            var subscription = new WorksSubscription(cluster, _identity, _revision, _appsOfCluster.GetValueOrDefault(cluster) ?? []);
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
        var apps = cache.List(App.KindName);
        Load(identity, apps);
        _loaded.TrySetResult();
        var changes = cache.Subscribe(kind: null, apps.Revision);
        while (true)
        {
            var batch = await changes.ReadAsync(stopping);
            Publish(batch);
            if (batch.End is not null)
                return;
        }
    }

    private void Load(StoreIdentity identity, ObjectList apps)
    {
        lock (_lock)
        {
            _appsOfCluster.Clear();
            foreach (var app in apps)
            {
                foreach (var cluster in ClustersOf(app))
                    Index_NeedsLock(cluster, app.Key);
            }

            // Streams begun before have seen another history, or missed changes: they start over.
            foreach (var stream in _streams.Values.SelectMany(streams => streams))
                stream.End();
            (_identity, _revision) = (identity, apps.Revision);
        }
    }

    private void Publish(SubscriptionBatch batch)
    {
        lock (_lock)
        {
            foreach (var change in batch.Events)
            {
                if (change.Object.Key.Kind == App.KindName)
                    Publish_NeedsLock(change);
                else if (change.Object.Key.Kind == Cluster.KindName && _streams.TryGetValue(change.Object.Key.Name, out var streams))
                    Mark(streams, change.Object.Key);
            }

            _revision = batch.Revision;
            foreach (var stream in _streams.Values.SelectMany(streams => streams))
                stream.Reach(_revision);
        }
    }

    private void Publish_NeedsLock(CacheEvent change)
    {
        var before = change.Previous is { } previous ? ClustersOf(previous) : [];
        var after = change.Type == ChangeType.Delete ? [] : ClustersOf(change.Object);
        foreach (var lost in before.Except(after))
            _appsOfCluster.GetValueOrDefault(lost)?.Remove(change.Object.Key);
        foreach (var cluster in after)
            Index_NeedsLock(cluster, change.Object.Key);
        foreach (var cluster in before.Union(after))
        {
            if (_streams.TryGetValue(cluster, out var streams))
                Mark(streams, change.Object.Key);
        }
    }

    private void Index_NeedsLock(string cluster, ObjectKey app)
    {
        if (!_appsOfCluster.TryGetValue(cluster, out var apps))
            _appsOfCluster[cluster] = apps = [];
        apps.Add(app);
    }

    private static void Mark(HashSet<WorksSubscription> streams, ObjectKey key)
    {
        foreach (var stream in streams)
            stream.Mark(key);
    }

    private static List<string> ClustersOf(CachedObject app) => [.. ((App)ObjectView.Of(app).Resource).Status.Clusters.Select(share => share.Cluster)];

    [LoggerMessage(EventId = 4301, Level = LogLevel.Warning, Message = "The works cannot be followed right now: {Reason}")]
    private partial void LogAway(string reason);
}
