using Federation.Api;
using Federation.Gateway.Pods;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>Every kind this gateway serves.</summary>
internal sealed class KindServers(StoredSource stored, PodDirectory pods)
{
    public IReadOnlyList<KindServer> All { get; } =
    [
        .. Kinds.Served.Select(kind => new KindServer(kind, SourceOf(kind, stored, pods), HasScale: kind == Kinds.App)),
    ];

    private static IResourceSource SourceOf(KindDefinition kind, StoredSource stored, PodDirectory pods) =>
        kind.Storage != KindStorage.Reported ? stored : kind == Kinds.Node ? pods.Nodes : pods.Pods;
}
