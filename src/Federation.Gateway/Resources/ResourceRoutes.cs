using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Gateway.Http;
using Federation.Gateway.Nodes;
using Federation.Gateway.Pets;
using Federation.Gateway.Pods;
using Federation.Gateway.Streams;
using Federation.Gateway.Watching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Federation.Gateway.Resources;

/// <summary>Maps every served kind to its paths; what a path does not allow is a 405, whatever the kind.</summary>
internal sealed class ResourceRoutes(
    KindServers servers, ListEndpoint lists, WatchEndpoint watches, ReadEndpoint reads, WriteEndpoint writes, DeleteCollectionEndpoint collections, ScaleEndpoint scales, PodLogEndpoint logs,
    PodEvictionEndpoint evictions, NodeWriteEndpoint nodes, ExecEndpoint execs, PortForwardEndpoint ports, PetWordEndpoint words)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var server in servers.All)
        {
            var collection = $"{server.Root}/{server.Kind.Plural}";
            if (server.Kind.IsNamespaced)
            {
                endpoints.Map(collection, context => CollectionAsync(context, server, @namespace: null));
                collection = $"{server.Root}/namespaces/{{namespace}}/{server.Kind.Plural}";
            }

            endpoints.Map(collection, context => CollectionAsync(context, server, Namespace(context)));
            endpoints.Map(collection + "/{name}", context => ObjectAsync(context, server, Key(context, server), ""));
            if (server.HasStatus)
                endpoints.Map(collection + "/{name}/status", context => ObjectAsync(context, server, Key(context, server), "status"));
            if (server.HasScale)
                endpoints.Map(collection + "/{name}/scale", context => ScaleAsync(context, server, Key(context, server)));
            else if (server.Kind.IsPlaced)
                endpoints.Map(collection + "/{name}/scale", _ => throw new RefusedException(Statuses.BadRequest(NoScale(server.Kind))));
            if (server.Kind == Kinds.PetSet)
            {
                endpoints.Map(collection + "/{name}/fence", context => words.SayAsync(context, server, Key(context, server), PetWordKind.Fence));
                endpoints.Map(collection + "/{name}/release", context => words.SayAsync(context, server, Key(context, server), PetWordKind.Release));
                endpoints.Map(collection + "/{name}/move", context => words.SayAsync(context, server, Key(context, server), PetWordKind.Move));
            }

            if (server.Kind == Kinds.Pod)
                endpoints.Map(collection + "/{name}/eviction", context => HttpMethods.IsPost(context.Request.Method) ? evictions.EvictAsync(context, Key(context, server)) : NotAllowed());
            if (server.Kind == Kinds.Pod)
                MapStreams(endpoints, collection + "/{name}", server);
        }
    }

    /// <summary>A WebSocket begins with a GET (HTTP/1.1) or a CONNECT (HTTP/2), SPDY with either GET or POST.</summary>
    private void MapStreams(IEndpointRouteBuilder endpoints, string pod, KindServer server)
    {
        endpoints.Map(pod + "/log", context => IsRead(context) ? logs.ServeAsync(context, Key(context, server)) : NotAllowed());
        endpoints.Map(pod + "/exec", context => IsUpgrade(context) ? execs.ExecAsync(context, Key(context, server)) : NotAllowed());
        endpoints.Map(pod + "/attach", context => IsUpgrade(context) ? execs.AttachAsync(context, Key(context, server)) : NotAllowed());
        endpoints.Map(pod + "/portforward", context => IsUpgrade(context) ? ports.ServeAsync(context, Key(context, server)) : NotAllowed());
    }

    /// <summary>Who tries to scale what cannot be scaled learns what decides there.</summary>
    private static string NoScale(KindDefinition kind) => kind == Kinds.Job
        ? "a Job cannot be scaled: spec.parallelism says how many of its pods run at the same time"
        : $"a {kind.Kind} cannot be scaled: it runs one pod on each matching machine";

    private static bool IsUpgrade(HttpContext context) => context.Request.Method is "GET" or "POST" or "CONNECT";

    private Task CollectionAsync(HttpContext context, KindServer server, string? @namespace)
    {
        if (IsRead(context) && !server.CanWatch && context.Request.Query.Bool("watch") == true)
            return NotAllowed();
        if (IsRead(context))
            return context.Request.Query.Bool("watch") == true ? watches.ServeAsync(context, server, @namespace) : lists.ServeAsync(context, server, @namespace);
        if (HttpMethods.IsDelete(context.Request.Method) && server.HasDeleteCollection && (@namespace is not null || !server.Kind.IsNamespaced))
            return collections.ServeAsync(context, server, @namespace);
        if (server.IsReadOnly || !HttpMethods.IsPost(context.Request.Method))
            return NotAllowed();
        if (server.Kind.IsNamespaced && @namespace is null)
            throw new RefusedException(Statuses.BadRequest("the namespace of the provided object does not match the namespace sent on the request"));
        return writes.CreateAsync(context, server, @namespace ?? "");
    }

    private Task ObjectAsync(HttpContext context, KindServer server, ObjectKey key, string subresource) => context.Request.Method switch
    {
        "GET" or "HEAD" => reads.ServeAsync(context, server, key),
        "DELETE" when server.Kind == Kinds.Pod && subresource.Length == 0 => evictions.DeleteAsync(context, key),
        "PUT" when server.Kind == Kinds.Node && subresource.Length == 0 => nodes.ReplaceAsync(context, server, key),
        "PATCH" when server.Kind == Kinds.Node && subresource.Length == 0 => nodes.PatchAsync(context, server, key),
        _ when server.IsReadOnly => NotAllowed(),
        "PUT" => writes.ReplaceAsync(context, server, key, subresource),
        "PATCH" => writes.PatchAsync(context, server, key, subresource),
        "DELETE" when subresource.Length == 0 => writes.DeleteAsync(context, server, key),
        _ => NotAllowed(),
    };

    private Task ScaleAsync(HttpContext context, KindServer server, ObjectKey key) => context.Request.Method switch
    {
        "GET" or "HEAD" => ScaleEndpoint.GetAsync(context, server, key),
        "PUT" => scales.ReplaceAsync(context, server, key),
        "PATCH" => scales.PatchAsync(context, server, key),
        _ => NotAllowed(),
    };

    private static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    private static Task NotAllowed() => throw new RefusedException(Statuses.MethodNotAllowed());

    private static string? Namespace(HttpContext context) => context.GetRouteValue("namespace") as string;

    private static ObjectKey Key(HttpContext context, KindServer server) => new(server.Kind.Kind, Namespace(context) ?? "", (string)context.GetRouteValue("name")!);
}
