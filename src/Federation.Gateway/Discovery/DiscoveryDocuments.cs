using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Gateway.Resources;

namespace Federation.Gateway.Discovery;

/// <summary>What clients learn about the kinds served, in the aggregated form (v2, v2beta1) and in the legacy one. Made from <see cref="KindServer"/>s.</summary>
internal static class DiscoveryDocuments
{
    /// <param name="version"><c>v2</c> or <c>v2beta1</c>: the same content.</param>
    /// <param name="isCore">True: what <c>/api</c> answers; false: <c>/apis</c>.</param>
    public static JsonObject Aggregated(IReadOnlyList<KindServer> servers, string version, bool isCore) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = Array(Groups(servers, isCore).Select(group => new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = group.Key },
            ["versions"] = Array(group.GroupBy(server => server.Kind.Version).Select(ofVersion => new JsonObject
            {
                ["version"] = ofVersion.Key,
                ["freshness"] = "Current",
                ["resources"] = Array(ofVersion.Select(AggregatedResource)),
            })),
        })),
    };

    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    public static JsonObject GroupList(IReadOnlyList<KindServer> servers) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = Array(Groups(servers, isCore: false).Select(Group)),
    };

    public static JsonObject Group(IGrouping<string, KindServer> group)
    {
        var versions = group.Select(server => server.Kind.Version).Distinct().ToList();
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = group.Key,
            ["versions"] = Array(versions.Select(version => GroupVersion(group.Key, version))),
            ["preferredVersion"] = GroupVersion(group.Key, versions[0]),
        };
    }

    public static JsonObject ResourceList(string groupVersion, IEnumerable<KindServer> servers) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = groupVersion,
        ["resources"] = Array(servers.SelectMany(LegacyResources)),
    };

    public static IEnumerable<IGrouping<string, KindServer>> Groups(IReadOnlyList<KindServer> servers, bool isCore) =>
        servers.Where(server => (server.Kind.Group.Length == 0) == isCore).GroupBy(server => server.Kind.Group);

    private static JsonObject AggregatedResource(KindServer server)
    {
        var resource = new JsonObject
        {
            ["resource"] = server.Kind.Plural,
            ["responseKind"] = KindOf(server.Kind),
            ["scope"] = server.Kind.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = server.Kind.Singular,
            ["verbs"] = Texts(server.Verbs),
        };
        if (server.Kind.ShortNames.Count > 0)
            resource["shortNames"] = Texts(server.Kind.ShortNames);
        if (server.Kind.Categories.Count > 0)
            resource["categories"] = Texts(server.Kind.Categories);
        var subresources = Subresources(server).Select(sub => new JsonObject
        {
            ["subresource"] = sub.Name,
            ["responseKind"] = sub.ResponseKind,
            ["verbs"] = Texts(sub.Verbs),
        }).ToList();
        if (subresources.Count > 0)
            resource["subresources"] = Array(subresources);
        return resource;
    }

    private static IEnumerable<JsonObject> LegacyResources(KindServer server)
    {
        var resource = new JsonObject
        {
            ["name"] = server.Kind.Plural,
            ["singularName"] = server.Kind.Singular,
            ["namespaced"] = server.Kind.IsNamespaced,
            ["kind"] = server.Kind.Kind,
            ["verbs"] = Texts(server.Verbs),
        };
        if (server.Kind.ShortNames.Count > 0)
            resource["shortNames"] = Texts(server.Kind.ShortNames);
        if (server.Kind.Categories.Count > 0)
            resource["categories"] = Texts(server.Kind.Categories);
        yield return resource;
        foreach (var sub in Subresources(server))
        {
            var entry = new JsonObject
            {
                ["name"] = $"{server.Kind.Plural}/{sub.Name}",
                ["singularName"] = "",
                ["namespaced"] = server.Kind.IsNamespaced,
                ["kind"] = (string?)sub.ResponseKind["kind"],
                ["verbs"] = Texts(sub.Verbs),
            };
            if (sub.Name == "scale")
                (entry["group"], entry["version"]) = ("autoscaling", "v1");
            yield return entry;
        }
    }

    private static IEnumerable<(string Name, JsonObject ResponseKind, string[] Verbs)> Subresources(KindServer server)
    {
        if (server.HasStatus)
            yield return ("status", KindOf(server.Kind), server.IsReadOnly ? ["get"] : ["get", "patch", "update"]);
        if (server.HasScale)
            yield return ("scale", new JsonObject { ["group"] = "autoscaling", ["version"] = "v1", ["kind"] = "Scale" }, ["get", "patch", "update"]);
        if (server.Kind == Kinds.Pod)
            yield return ("log", KindOf(server.Kind), ["get"]);
    }

    private static JsonObject KindOf(KindDefinition kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject GroupVersion(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static JsonArray Texts(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)item)]);
}
