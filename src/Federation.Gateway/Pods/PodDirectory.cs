using System.Collections.Concurrent;
using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Gateway.Sources;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Pods;

/// <summary>The pods and nodes of all clusters, followed through their grains: who the clusters are comes from the store, what runs there from their reports.</summary>
internal sealed partial class PodDirectory(IObjectCache cache, IGrainFactory grains, TimeProvider time, ILogger<PodDirectory> logger) : BackgroundService
{
    private const int ChangesKept = 50_000;
    private const int NodeChangesKept = 5_000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ReportedTable _pods = new("pods", time, ChangesKept);
    private readonly ReportedTable _nodes = new("nodes", time, NodeChangesKept);
    private readonly PodOwners _owners = new(pod => PetHome.Of(cache, pod));
    private readonly ConcurrentDictionary<string, PodFollower> _followers = [];

    public IResourceSource Pods => field ??= new ReportedSource(_pods);

    public IResourceSource Nodes => field ??= new ReportedSource(_nodes);

    public ObjectView? Find(ObjectKey pod) => _pods.Find(pod);

    /// <summary>A machine as its agent reported it, and the Cluster it belongs to as the store's copy in memory has it.</summary>
    public (Node Reported, Cluster Cluster, ObjectView Shown)? FindNode(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        var cluster = dot < 0 ? name : name[..dot];
        return _followers.TryGetValue(cluster, out var follower)
            && follower.FindNode(name) is { } reported
            && cache.Current(ObjectKey.ClusterScoped(Cluster.KindName, cluster)) is { } known
            && _nodes.Find(reported.Key) is { } shown
            ? (reported, (Cluster)ObjectView.Of(known).Resource, shown)
            : null;
    }

    /// <summary>Shows at once what the store's copy in memory says about a cluster: who has just asked for a pod's end sees it ending.</summary>
    public void Refresh(string cluster)
    {
        if (_followers.TryGetValue(cluster, out var follower) && cache.Current(ObjectKey.ClusterScoped(Cluster.KindName, cluster)) is { } known)
            follower.Know((Cluster)ObjectView.Of(known).Resource);
    }

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
            follower = new PodFollower(new ClusterPods(view.Key.Name, _pods, _owners, new ClusterNodes(view.Key.Name, _nodes)), view.Key.Name, grains, time, logger);
            _followers[view.Key.Name] = follower;
            follower.Know(cluster);
            follower.Start();
        }

        follower.Know(cluster);
    }

    private async Task ForgetAsync(string name)
    {
        if (_followers.TryRemove(name, out var follower))
            await follower.EndAsync();
    }

    [LoggerMessage(EventId = 4202, Level = LogLevel.Warning, Message = "The clusters cannot be followed right now: {Reason}")]
    private partial void LogAway(string reason);
}
