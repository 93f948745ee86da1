using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Discovery;

/// <summary>Maps <c>/api</c>, <c>/apis</c>, their groups and versions, <c>/version</c> and <c>/</c>.</summary>
internal sealed class DiscoveryEndpoints(DiscoveryCatalog catalog)
{
    /// <summary>The Kubernetes version whose API this is; clients choose their own behaviour by it.</summary>
    private const string Minor = "32";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var resources = catalog.All;
        Map(endpoints, "/", new JsonObject { ["paths"] = new JsonArray([.. Paths().Select(path => (JsonNode?)path)]) });
        Map(endpoints, "/version", Version());
        MapRoot(endpoints, "/api", isCore: true, DiscoveryDocuments.CoreVersions());
        MapRoot(endpoints, "/apis", isCore: false, DiscoveryDocuments.GroupList(resources));
        foreach (var version in resources.GroupBy(resource => resource.Root))
            Map(endpoints, version.Key, DiscoveryDocuments.ResourceList(version.First().GroupVersion, version));
        foreach (var group in DiscoveryDocuments.Groups(resources, isCore: false))
            Map(endpoints, $"/apis/{group.Key}", DiscoveryDocuments.Group(group));
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, JsonObject content)
    {
        var document = new FixedDocument(content);
        endpoints.MapGet(path, context => document.ServeAsync(context));
    }

    /// <summary>One path, three forms: the client's <c>Accept</c> chooses.</summary>
    private void MapRoot(IEndpointRouteBuilder endpoints, string path, bool isCore, JsonObject legacy)
    {
        var plain = new FixedDocument(legacy);
        var aggregated = ((string[])["v2", "v2beta1"]).ToDictionary(version => version, version => new FixedDocument(
            DiscoveryDocuments.Aggregated(catalog.All, version, isCore), $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"));
        endpoints.MapGet(path, context =>
        {
            context.AddVary("Accept");
            return (AcceptHeader.DiscoveryVersion(context) is { } version ? aggregated[version] : plain).ServeAsync(context);
        });
    }

    private IEnumerable<string> Paths() =>
    [
        "/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version", .. catalog.All.Select(resource => resource.Root).Distinct().Order(StringComparer.Ordinal),
    ];

    private static JsonObject Version()
    {
        var product = typeof(DiscoveryEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        return new JsonObject
        {
            ["major"] = "1",
            ["minor"] = Minor,
            ["gitVersion"] = $"v1.{Minor}.0+federation-{product.Replace('+', '-')}",
            ["gitCommit"] = "",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "1970-01-01T00:00:00Z",
            ["goVersion"] = "none",
            ["compiler"] = RuntimeInformation.FrameworkDescription,
            ["platform"] = $"linux/{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
        };
    }
}
