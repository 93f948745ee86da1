using System.Text.Json.Nodes;

namespace Federation.Gateway.Discovery;

/// <summary>What clients learn about the kinds served, in the aggregated form (v2, v2beta1) and in the legacy one. Made from <see cref="DiscoveredResource"/>s.</summary>
internal static class DiscoveryDocuments
{
    /// <param name="version"><c>v2</c> or <c>v2beta1</c>: the same content.</param>
    /// <param name="isCore">True: what <c>/api</c> answers; false: <c>/apis</c>.</param>
    public static JsonObject Aggregated(IReadOnlyList<DiscoveredResource> resources, string version, bool isCore) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = Array(Groups(resources, isCore).Select(group => new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = group.Key },
            ["versions"] = Array(group.GroupBy(resource => resource.Version).Select(ofVersion => new JsonObject
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

    public static JsonObject GroupList(IReadOnlyList<DiscoveredResource> resources) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = Array(Groups(resources, isCore: false).Select(GroupEntry)),
    };

    public static JsonObject Group(IGrouping<string, DiscoveredResource> group)
    {
        var document = new JsonObject { ["kind"] = "APIGroup", ["apiVersion"] = "v1" };
        foreach (var (name, value) in GroupEntry(group))
            document[name] = value?.DeepClone();
        return document;
    }

    public static JsonObject ResourceList(string groupVersion, IEnumerable<DiscoveredResource> resources) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = groupVersion,
        ["resources"] = Array(resources.SelectMany(LegacyResources)),
    };

    public static IEnumerable<IGrouping<string, DiscoveredResource>> Groups(IReadOnlyList<DiscoveredResource> resources, bool isCore) =>
        resources.Where(resource => (resource.Group.Length == 0) == isCore).GroupBy(resource => resource.Group);

    private static JsonObject AggregatedResource(DiscoveredResource discovered)
    {
        var resource = new JsonObject
        {
            ["resource"] = discovered.Plural,
            ["responseKind"] = KindOf(discovered.ResponseKind),
            ["scope"] = discovered.IsNamespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = discovered.Singular,
            ["verbs"] = Texts(discovered.Verbs),
        };
        AddNames(resource, discovered);
        if (discovered.Subresources.Count > 0)
        {
            resource["subresources"] = Array(discovered.Subresources.Select(sub => new JsonObject
            {
                ["subresource"] = sub.Name,
                ["responseKind"] = KindOf(sub.ResponseKind),
                ["verbs"] = Texts(sub.Verbs),
            }));
        }

        return resource;
    }

    private static IEnumerable<JsonObject> LegacyResources(DiscoveredResource discovered)
    {
        var resource = new JsonObject
        {
            ["name"] = discovered.Plural,
            ["singularName"] = discovered.Singular,
            ["namespaced"] = discovered.IsNamespaced,
            ["kind"] = discovered.Kind,
            ["verbs"] = Texts(discovered.Verbs),
        };
        AddNames(resource, discovered);
        yield return resource;
        foreach (var sub in discovered.Subresources)
        {
            var entry = new JsonObject
            {
                ["name"] = $"{discovered.Plural}/{sub.Name}",
                ["singularName"] = "",
                ["namespaced"] = discovered.IsNamespaced,
                ["kind"] = sub.ResponseKind.Kind,
                ["verbs"] = Texts(sub.Verbs),
            };
            // Absent means: as the list that it stands in.
            if ((sub.ResponseKind.Group, sub.ResponseKind.Version) != (discovered.Group, discovered.Version))
                (entry["group"], entry["version"]) = (sub.ResponseKind.Group, sub.ResponseKind.Version);
            yield return entry;
        }
    }

    private static void AddNames(JsonObject resource, DiscoveredResource discovered)
    {
        if (discovered.ShortNames.Count > 0)
            resource["shortNames"] = Texts(discovered.ShortNames);
        if (discovered.Categories.Count > 0)
            resource["categories"] = Texts(discovered.Categories);
    }

    private static JsonObject GroupEntry(IGrouping<string, DiscoveredResource> group)
    {
        var versions = group.Select(resource => resource.Version).Distinct().ToList();
        return new JsonObject
        {
            ["name"] = group.Key,
            ["versions"] = Array(versions.Select(version => GroupVersion(group.Key, version))),
            ["preferredVersion"] = GroupVersion(group.Key, versions[0]),
        };
    }

    private static JsonObject KindOf(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static JsonObject GroupVersion(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonArray Array(IEnumerable<JsonObject> items) => new([.. items]);

    private static JsonArray Texts(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode?)item)]);
}
