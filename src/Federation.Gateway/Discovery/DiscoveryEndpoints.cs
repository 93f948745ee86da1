using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Discovery;

/// <summary>Maps <c>/api</c>, <c>/apis</c>, their groups and versions, <c>/version</c> and <c>/</c>.</summary>
internal sealed class DiscoveryEndpoints(KindServers servers)
{
    /// <summary>The Kubernetes version whose API this is; clients choose their own behaviour by it.</summary>
    private const string Minor = "32";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", context => context.WriteJsonAsync(new JsonObject { ["paths"] = new JsonArray([.. Paths().Select(path => (JsonNode?)path)]) }));
        endpoints.MapGet("/version", context => context.WriteJsonAsync(Version()));
        endpoints.MapGet("/api", context => RootAsync(context, isCore: true));
        endpoints.MapGet("/apis", context => RootAsync(context, isCore: false));
        foreach (var version in servers.All.GroupBy(server => server.Root))
            endpoints.MapGet(version.Key, context => context.WriteJsonAsync(DiscoveryDocuments.ResourceList(version.First().Kind.ApiVersion, version)));
        foreach (var group in DiscoveryDocuments.Groups(servers.All, isCore: false))
            endpoints.MapGet($"/apis/{group.Key}", context => context.WriteJsonAsync(DiscoveryDocuments.Group(group)));
    }

    private Task RootAsync(HttpContext context, bool isCore)
    {
        context.Response.Headers.Vary = "Accept";
        if (AcceptHeader.DiscoveryVersion(context) is not { } version)
            return context.WriteJsonAsync(isCore ? DiscoveryDocuments.CoreVersions() : DiscoveryDocuments.GroupList(servers.All));
        var document = DiscoveryDocuments.Aggregated(servers.All, version, isCore);
        return context.WriteJsonAsync(System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    }

    private IEnumerable<string> Paths() =>
    [
        "/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v3", "/readyz", "/version", .. servers.All.Select(server => server.Root).Distinct().Order(StringComparer.Ordinal),
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
