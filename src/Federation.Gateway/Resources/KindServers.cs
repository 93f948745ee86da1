using Federation.Api;
using Federation.Api.Metrics;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Gateway.Metrics;
using Federation.Gateway.Pods;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>Every kind this gateway serves.</summary>
internal sealed class KindServers(StoredSource stored, PodDirectory pods, MetricsDirectory metrics)
{
    public IReadOnlyList<KindServer> All { get; } =
    [
        .. Kinds.Served.Select(kind => new KindServer(kind, SourceOf(kind, stored, pods, metrics), HasScale: kind == Kinds.App || kind == Kinds.PetSet)),
    ];

    private static IResourceSource SourceOf(KindDefinition kind, StoredSource stored, PodDirectory pods, MetricsDirectory metrics) => kind.Kind switch
    {
        Pod.KindName => pods.Pods,
        Node.KindName => pods.Nodes,
        PodMetrics.KindName => metrics.Pods,
        NodeMetrics.KindName => metrics.Nodes,
        _ => stored,
    };
}
