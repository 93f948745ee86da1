using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Federation.Gateway.Http;
using Federation.Gateway.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.OpenApi;

/// <summary>Maps <c>/openapi/v3</c> and one document for each group and version: enough for kubectl to leave validation to the server, and to explain fields.</summary>
internal sealed class OpenApiEndpoints(KindServers servers)
{
    private static readonly string[] PatchParameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var paths = new JsonObject();
        foreach (var version in servers.All.GroupBy(server => server.Root))
        {
            var document = Encoding.UTF8.GetBytes(Document(version.Key, version).ToJsonString());
            var url = $"/openapi/v3{version.Key}";
            // The hash lets clients keep the document until it changes.
            paths[version.Key.TrimStart('/')] = new JsonObject { ["serverRelativeURL"] = $"{url}?hash={Convert.ToHexString(SHA256.HashData(document))}" };
            endpoints.MapGet(url, context => context.WriteJsonAsync(document));
        }

        var index = Encoding.UTF8.GetBytes(new JsonObject { ["paths"] = paths }.ToJsonString());
        endpoints.MapGet("/openapi/v3", context => context.WriteJsonAsync(index));
    }

    private static JsonObject Document(string root, IEnumerable<KindServer> servers)
    {
        var (paths, schemas) = (new JsonObject(), new SchemaWriter());
        foreach (var server in servers)
        {
            schemas.AddKind(server.Kind);
            paths[$"{root}/{(server.Kind.IsNamespaced ? "namespaces/{namespace}/" : "")}{server.Kind.Plural}/{{name}}"] = new JsonObject
            {
                [server.IsReadOnly ? "get" : "patch"] = Operation(server),
            };
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Federation", ["version"] = "v1" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.Components },
        };
    }

    private static JsonObject Operation(KindServer server)
    {
        var kind = server.Kind;
        var schema = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{SchemaWriter.NameOf(kind)}" } };
        var operation = new JsonObject
        {
            ["operationId"] = $"{(server.IsReadOnly ? "read" : "patch")}{kind.Kind}",
            ["parameters"] = new JsonArray([.. (server.IsReadOnly ? [] : PatchParameters).Select(Parameter)]),
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["application/json"] = schema } } },
            ["x-kubernetes-action"] = server.IsReadOnly ? "get" : "patch",
            ["x-kubernetes-group-version-kind"] = new JsonObject { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind },
        };
        if (!server.IsReadOnly)
        {
            operation["requestBody"] = new JsonObject
            {
                ["content"] = new JsonObject { ["application/merge-patch+json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } } },
            };
        }

        return operation;
    }

    private static JsonNode Parameter(string name) => new JsonObject
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = name == "force" ? "boolean" : "string", ["uniqueItems"] = true },
    };
}
