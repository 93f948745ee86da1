using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Metrics;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Gateway.Pods;
using Federation.Gateway.Sources;
using Federation.Grains.Objects;
using Federation.Storage.Cache;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Metrics;

/// <summary>What pods and nodes use. Nothing is followed: while nobody asks it costs nothing, and who asks gets what the clusters' grains know.</summary>
internal sealed partial class MetricsDirectory(IObjectCache cache, IGrainFactory grains, PodDirectory pods, TimeProvider time, ILogger<MetricsDirectory> logger) : IDisposable
{
    /// <summary>Agents measure every 15 s; asking more often than this shows nothing new.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>What was measured before then says nothing about now: the agent no longer measures.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private const int ChangesKept = 10_000;

    private readonly SemaphoreSlim _refreshing = new(1);
    private readonly ReportedTable _pods = new("podmetrics", time, ChangesKept);
    private readonly ReportedTable _nodes = new("nodemetrics", time, ChangesKept);
    private long? _askedAt;

    public IResourceSource Pods => field ??= new MetricsSource(_pods, RefreshAsync);

    public IResourceSource Nodes => field ??= new MetricsSource(_nodes, RefreshAsync);

    public void Dispose() => _refreshing.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            if (_askedAt is { } at && time.GetElapsedTime(at) < AskAgainAfter)
                return;
            var clusters = cache.List(Cluster.KindName).Select(cached => (Cluster)ObjectView.Of(cached).Resource).Where(cluster => !PodProjection.IsAway(cluster));
            var usages = await Task.WhenAll(clusters.Select(cluster => ReadAsync(cluster.Metadata.Name, cancellationToken)));
            Show(usages.OfType<KeyValuePair<string, ClusterUsage>>().ToDictionary());
            _askedAt = time.GetTimestamp();
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<KeyValuePair<string, ClusterUsage>?> ReadAsync(string cluster, CancellationToken cancellationToken)
    {
        try
        {
            var usage = await grains.GetClusterGrain(cluster).ReadUsageAsync(cancellationToken);
            return time.GetUtcNow() - usage.At < Stale ? KeyValuePair.Create(cluster, usage) : null;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // The others are shown all the same.
            LogNotRead(cluster, failure.Message);
            return null;
        }
    }

    private void Show(Dictionary<string, ClusterUsage> usages)
    {
        var used = new Dictionary<string, NodeUse>();
        var shown = usages.SelectMany(pair => pair.Value.Pods.Select(pod => ShowPod(pair.Key, pair.Value, pod, used))).OfType<PodMetrics>().ToList();
        Replace(_pods, shown);
        Replace(_nodes, [.. pods.Nodes.List(Node.KindName, null).Enumerate().Select(view => ShowNode((Node)view.Resource, usages, used)).OfType<NodeMetrics>()]);
    }

    /// <summary>Null: there is no such pod, or it is another cluster's.</summary>
    private PodMetrics? ShowPod(string cluster, ClusterUsage usage, PodUsage pod, Dictionary<string, NodeUse> used)
    {
        if (pods.Find(new ObjectKey(Pod.KindName, pod.Namespace, pod.Name))?.Resource is not Pod found || found.Metadata.Labels.GetValueOrDefault(PodLabels.Cluster) != cluster)
            return null;
        var node = found.Spec.NodeName ?? "";
        var sum = used.GetValueOrDefault(node);
        used[node] = new NodeUse(sum.CpuMilli + pod.Containers.Sum(container => container.CpuMilli), sum.MemoryBytes + pod.Containers.Sum(container => container.MemoryBytes));
        return new PodMetrics
        {
            Metadata = MetaOf(found.Metadata, usage) with { Namespace = pod.Namespace },
            Timestamp = usage.At,
            Window = WindowOf(usage),
            Containers = [.. pod.Containers.Select(container => new ContainerMetrics { Name = container.Name, Usage = MetricsAmounts.Of(container.CpuMilli, container.MemoryBytes) })],
        };
    }

    /// <summary>Null: nothing was measured there.</summary>
    private static NodeMetrics? ShowNode(Node node, Dictionary<string, ClusterUsage> usages, Dictionary<string, NodeUse> used)
    {
        if (!usages.TryGetValue(node.Metadata.Labels.GetValueOrDefault(PodLabels.Cluster) ?? "", out var usage))
            return null;
        var sum = used.GetValueOrDefault(node.Metadata.Name);
        return new NodeMetrics { Metadata = MetaOf(node.Metadata, usage), Timestamp = usage.At, Window = WindowOf(usage), Usage = MetricsAmounts.Of(sum.CpuMilli, sum.MemoryBytes) };
    }

    private static ObjectMeta MetaOf(ObjectMeta about, ClusterUsage usage) => new() { Name = about.Name, Labels = about.Labels, CreationTimestamp = usage.At };

    private static TimeSpan WindowOf(ClusterUsage usage) => TimeSpan.FromMilliseconds(Math.Round(usage.WindowSeconds * 1000));

    private static void Replace(ReportedTable table, IReadOnlyList<Resource> shown)
    {
        var kept = shown.Select(metrics => metrics.Key).ToHashSet();
        table.Apply(shown, [.. table.List(null).Enumerate().Select(view => view.Key).Where(key => !kept.Contains(key))]);
    }

    private readonly record struct NodeUse(long CpuMilli, long MemoryBytes);

    [LoggerMessage(EventId = 4203, Level = LogLevel.Debug, Message = "What the pods of {Cluster} use cannot be read: {Reason}")]
    private partial void LogNotRead(string cluster, string reason);
}
