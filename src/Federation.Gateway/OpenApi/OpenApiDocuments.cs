using System.Reflection;
using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;

namespace Federation.Gateway.OpenApi;

/// <summary>One OpenAPI 3 document for each group and version, made of what discovery lists.</summary>
internal static class OpenApiDocuments
{
    /// <summary>By the path of the group and version, such as <c>/apis/federation/v1</c>.</summary>
    public static IReadOnlyDictionary<string, JsonObject> Make(DiscoveryCatalog catalog)
    {
        var facts = FieldFacts.Of(catalog.All.Where(resource => resource.Verbs.Contains("create")).Select(resource => resource.Definition).OfType<Federation.Api.KindDefinition>());
        return catalog.All.GroupBy(resource => resource.Root).ToDictionary(version => version.Key, version => Document(version, facts));
    }

    private static JsonObject Document(IEnumerable<DiscoveredResource> resources, FieldFacts facts)
    {
        var (paths, schemas) = (new JsonObject(), new SchemaWriter(facts));
        schemas.Add(SchemaNames.WatchEvent);
        foreach (var resource in resources)
        {
            if (resource.Definition is { } kind)
                schemas.AddKind(kind, withList: resource.Verbs.Contains("list"));
            new OperationWriter(resource, paths, schemas).Write();
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Federation",
                ["version"] = typeof(OpenApiDocuments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas.Components,
                ["securitySchemes"] = new JsonObject { ["BearerToken"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "The token of a credential." } },
            },
            ["security"] = new JsonArray(new JsonObject { ["BearerToken"] = new JsonArray() }),
        };
    }
}
