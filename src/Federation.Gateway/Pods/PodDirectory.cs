using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Federation.Gateway.Sources;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Pods;

/// <summary>The pods of all clusters, followed through their grains: who the clusters are comes from the store, what runs there from their reports.</summary>
internal sealed partial class PodDirectory(IObjectCache cache, IGrainFactory grains, TimeProvider time, ILogger<PodDirectory> logger) : BackgroundService, IResourceSource
{
    private const int ChangesKept = 50_000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly PodTable _table = new(time, ChangesKept);
    private readonly PodOwners _owners = new();
    private readonly Dictionary<string, PodFollower> _followers = [];

    public long Revision => _table.Revision;

    public ObjectView? Find(ObjectKey key) => _table.Find(key);

    public Snapshot List(string kind, string? @namespace) => _table.List(@namespace);

    public IChangeFeed Subscribe(string kind, long afterRevision) => _table.Subscribe(afterRevision);

    public string History => _table.History;

    public ValueTask<Snapshot?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Snapshot?>(_table.ListAt(@namespace, revision));

    /// <summary>Nobody writes pods: there is nothing to wait for. A revision from the future is another gateway's, which counts differently.</summary>
    public Task WaitFreshAsync(long atLeast, CancellationToken cancellationToken) =>
        atLeast <= _table.Revision ? Task.CompletedTask : throw new RefusedException(Statuses.Expired());

    public Task<bool> WaitLatestAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await cache.Ready.WaitAsync(stoppingToken);
                await FollowClustersAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (StoreUnavailableException away)
            {
                LogAway(away.Message);
                await Task.Delay(RetryAfter, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_followers.Values.Select(follower => follower.DisposeAsync().AsTask()));
    }

    /// <summary>Returns when the thread is lost and the clusters must be listed again.</summary>
    private async Task FollowClustersAsync(CancellationToken stopping)
    {
        var clusters = cache.List(Cluster.KindName);
        var names = clusters.Select(cluster => cluster.Key.Name).ToHashSet();
        foreach (var gone in _followers.Keys.Where(name => !names.Contains(name)).ToList())
            await ForgetAsync(gone);
        foreach (var cluster in clusters)
            Know(ObjectView.Of(cluster));
        var changes = cache.Subscribe(Cluster.KindName, clusters.Revision);
        while (true)
        {
            var batch = await changes.ReadAsync(stopping);
            foreach (var change in batch.Events)
            {
                if (change.Type == ChangeType.Delete)
                    await ForgetAsync(change.Object.Key.Name);
                else
                    Know(ObjectView.Of(change.Object));
            }

            if (batch.End is not null)
                return;
        }
    }

    private void Know(ObjectView view)
    {
        var cluster = (Cluster)view.Resource;
        if (!_followers.TryGetValue(view.Key.Name, out var follower))
        {
            follower = new PodFollower(new ClusterPods(view.Key.Name, _table, _owners), view.Key.Name, grains, time, logger);
            _followers[view.Key.Name] = follower;
            follower.Know(cluster);
            follower.Start();
        }

        follower.Know(cluster);
    }

    private async Task ForgetAsync(string name)
    {
        if (_followers.Remove(name, out var follower))
            await follower.EndAsync();
    }

    [LoggerMessage(EventId = 4202, Level = LogLevel.Warning, Message = "The clusters cannot be followed right now: {Reason}")]
    private partial void LogAway(string reason);
}
