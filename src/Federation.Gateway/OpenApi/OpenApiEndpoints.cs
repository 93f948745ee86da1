using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.OpenApi;

/// <summary>Maps <c>/openapi/v3</c> and one document for each group and version. The index names each with its hash, so clients keep it until it changes.</summary>
internal sealed class OpenApiEndpoints(DiscoveryCatalog catalog)
{
    private const string Forever = "public, immutable, max-age=31536000";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var paths = new JsonObject();
        var contents = OpenApiDocuments.Make(catalog);
        foreach (var (root, content) in contents)
        {
            var document = new FixedDocument(content);
            var url = $"/openapi/v3{root}";
            paths[root.TrimStart('/')] = new JsonObject { ["serverRelativeURL"] = $"{url}?hash={document.Hash}" };
            // Another hash is of another build: that address may not keep what is here now.
            endpoints.MapGet(url, context => document.ServeAsync(context, context.Request.Query["hash"] == document.Hash ? Forever : FixedDocument.AskAgain));
        }

        var index = new FixedDocument(new JsonObject { ["paths"] = paths });
        endpoints.MapGet("/openapi/v3", context => index.ServeAsync(context));
        MapSwagger(endpoints, SwaggerDocument.Of(contents.Values));
    }

    /// <summary>One path, two forms: kubectl asks for protobuf, and for nothing else.</summary>
    private static void MapSwagger(IEndpointRouteBuilder endpoints, JsonObject swagger)
    {
        var (json, protobuf) = (new FixedDocument(swagger), new FixedDocument(SwaggerProtobuf.Encode(swagger), SwaggerProtobuf.MediaType));
        endpoints.MapGet("/openapi/v2", context =>
        {
            context.AddVary("Accept");
            return (context.Request.Headers.Accept.ToString().Contains("+protobuf", StringComparison.Ordinal) ? protobuf : json).ServeAsync(context);
        });
    }
}
