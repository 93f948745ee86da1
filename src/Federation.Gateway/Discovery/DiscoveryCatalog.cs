using Federation.Api;
using Federation.Gateway.Resources;

namespace Federation.Gateway.Discovery;

/// <summary>Everything clients can discover: the kinds with their subresources, and what is served beside them.</summary>
internal sealed class DiscoveryCatalog(KindServers servers, IEnumerable<DiscoveredResource> others)
{
    public IReadOnlyList<DiscoveredResource> All { get; } = [.. servers.All.Select(Of), .. others];

    private static DiscoveredResource Of(KindServer server) =>
        DiscoveredResource.Of(server.Kind, server.Verbs) with { Subresources = [.. Subresources(server)] };

    private static IEnumerable<DiscoveredSubresource> Subresources(KindServer server)
    {
        var own = new GroupVersionKind(server.Kind.Group, server.Kind.Version, server.Kind.Kind);
        if (server.HasStatus)
            yield return new("status", own, server.IsReadOnly ? ["get"] : ["get", "patch", "update"]);
        if (server.HasScale)
            yield return new("scale", new GroupVersionKind("autoscaling", "v1", "Scale"), ["get", "patch", "update"]);
        if (server.Kind == Kinds.PetSet)
        {
            yield return new("fence", own, ["create"]);
            yield return new("release", own, ["create"]);
            yield return new("move", own, ["create"]);
        }

        if (server.Kind == Kinds.Pod)
        {
            yield return new("log", own, ["get"]);
            yield return new("exec", new GroupVersionKind("", "v1", "PodExecOptions"), ["create", "get"]);
            yield return new("attach", new GroupVersionKind("", "v1", "PodAttachOptions"), ["create", "get"]);
            yield return new("portforward", new GroupVersionKind("", "v1", "PodPortForwardOptions"), ["create", "get"]);
            yield return new("eviction", new GroupVersionKind("policy", "v1", "Eviction"), ["create"]);
        }
    }
}
