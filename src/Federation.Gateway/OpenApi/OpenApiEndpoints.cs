using System.Text.Json.Nodes;
using Federation.Gateway.Discovery;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.OpenApi;

/// <summary>Maps <c>/openapi/v3</c> and one document for each group and version. The index names each with its hash, so clients keep it until it changes.</summary>
internal sealed class OpenApiEndpoints(DiscoveryCatalog catalog)
{
    private const string Forever = "public, immutable, max-age=31536000";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        var paths = new JsonObject();
        foreach (var (root, content) in OpenApiDocuments.Make(catalog))
        {
            var document = new FixedDocument(content);
            var url = $"/openapi/v3{root}";
            var current = $"{url}?hash={document.Hash}";
            paths[root.TrimStart('/')] = new JsonObject { ["serverRelativeURL"] = current };
            endpoints.MapGet(url, context => ServeAsync(context, document, current));
        }

        var index = new FixedDocument(new JsonObject { ["paths"] = paths });
        endpoints.MapGet("/openapi/v3", context => index.ServeAsync(context));
    }

    private static Task ServeAsync(HttpContext context, FixedDocument document, string current)
    {
        var hash = context.Request.Query["hash"].ToString();
        if (hash.Length == 0)
            return document.ServeAsync(context);
        if (hash == document.Hash)
            return document.ServeAsync(context, Forever);
        // A gateway of another build gave out that address: the client goes on to the one it should keep.
        context.Response.Redirect(current, permanent: false);
        return Task.CompletedTask;
    }
}
