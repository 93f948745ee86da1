using Federation.Api;
using Federation.Gateway.Pods;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Resources;

/// <summary>Every kind this gateway serves.</summary>
internal sealed class KindServers(StoredSource stored, PodDirectory pods)
{
    public IReadOnlyList<KindServer> All { get; } =
    [
        .. Kinds.Served.Select(kind => new KindServer(kind, kind.Storage == KindStorage.Reported ? pods : stored, HasScale: kind == Kinds.App)),
    ];
}
