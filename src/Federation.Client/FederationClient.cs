using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federation.Api;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client.Manifests;
using Federation.Client.Resources;
using Federation.Client.Transport;
using Federation.Client.Watching;

namespace Federation.Client;

/// <summary>The gateway's API, typed. Safe for any number of concurrent callers; one instance keeps its connections.</summary>
/// <remarks>A refusal is a <see cref="StatusException"/>, an answer that did not come a <see cref="GatewayUnavailableException"/>.
/// A null namespace means <see cref="ClientOptions.Namespace"/> for one object, and every namespace for lists and watches.</remarks>
public sealed class FederationClient : IDisposable
{
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io";
    private const string MergePatchType = "application/merge-patch+json";

    private readonly GatewayHttp _http;
    private readonly TimeProvider _time;

    /// <param name="handler">Set: sends the requests in place of the client's own handler, and stays the caller's.</param>
    public FederationClient(ClientOptions options, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        Options = options ?? throw new ArgumentNullException(nameof(options));
        _time = time ?? TimeProvider.System;
        _http = new GatewayHttp(options, _time, handler);
    }

    public ClientOptions Options { get; }

    public void Dispose() => _http.Dispose();

    public async Task<T> GetAsync<T>(string name, string? @namespace = null, CancellationToken cancellationToken = default)
        where T : Resource =>
        Read<T>(await _http.SendAsync(HttpMethod.Get, PathOf(ResourcePaths.KindOf<T>(), @namespace, name), null, cancellationToken));

    /// <summary>Null: there is no such object.</summary>
    public async Task<T?> FindAsync<T>(string name, string? @namespace = null, CancellationToken cancellationToken = default)
        where T : Resource
    {
        try
        {
            return await GetAsync<T>(name, @namespace, cancellationToken);
        }
        catch (StatusException refused) when (refused.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Every object that matches, as it was at one moment.</summary>
    public async Task<ResourceList<T>> ListAsync<T>(ListQuery? query = null, CancellationToken cancellationToken = default)
        where T : Resource
    {
        query ??= ListQuery.All;
        var collection = ResourcePaths.Collection(ResourcePaths.KindOf<T>(), query.Namespace);
        var all = new List<T>();
        string? token = null;
        while (true)
        {
            var path = collection + query.ToQueryString(("limit", query.PageSize.ToString()), ("continue", token));
            var (items, revision, next) = ResourceJson.ReadList<T>(await _http.SendAsync(HttpMethod.Get, path, null, cancellationToken));
            all.AddRange(items);
            if (next is null)
                return new ResourceList<T>(all, revision);
            token = next;
        }
    }

    /// <summary>The changes after a list's revision, without gap and without duplicate, over as many connections as it takes. Never ends by itself.</summary>
    /// <exception cref="StatusException">Among others, with <see cref="StatusException.IsExpired"/>: list again, or use <see cref="ListWatchAsync{T}"/>.</exception>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(string resourceVersion, ListQuery? query = null, CancellationToken cancellationToken = default)
        where T : Resource =>
        new Watcher<T>(_http, Options, query ?? ListQuery.All, _time).WatchAsync(resourceVersion, cancellationToken);

    /// <summary>What there is, then every change; lists again by itself when the thread is lost. Never ends by itself, and waits out a gateway that is away.</summary>
    /// <param name="onProblem">Told each time the gateway cannot be used; the client goes on trying.</param>
    public IAsyncEnumerable<ListWatchEvent<T>> ListWatchAsync<T>(ListQuery? query = null, Action<Exception>? onProblem = null, CancellationToken cancellationToken = default)
        where T : Resource =>
        new ListWatcher<T>(this, query ?? ListQuery.All, onProblem, _time).RunAsync(cancellationToken);

    public async Task<T> CreateAsync<T>(T resource, CancellationToken cancellationToken = default)
        where T : Resource
    {
        ArgumentNullException.ThrowIfNull(resource);
        var kind = ResourcePaths.KindOf<T>();
        var path = ResourcePaths.Collection(kind, NamespaceFor(kind, resource.Metadata.Namespace));
        return Read<T>(await _http.SendAsync(HttpMethod.Post, path, Json(ApiJson.ToUtf8(resource)), cancellationToken));
    }

    /// <summary>Writes the whole object. With a resourceVersion in its metadata, only if nobody wrote it since (else 409 Conflict).</summary>
    /// <param name="subresource"><c>status</c>, or empty.</param>
    public async Task<T> ReplaceAsync<T>(T resource, string subresource = "", CancellationToken cancellationToken = default)
        where T : Resource
    {
        ArgumentNullException.ThrowIfNull(resource);
        var path = PathOf(ResourcePaths.KindOf<T>(), resource.Metadata.Namespace, resource.Metadata.Name, subresource);
        return Read<T>(await _http.SendAsync(HttpMethod.Put, path, Json(ApiJson.ToUtf8(resource)), cancellationToken));
    }

    /// <param name="mergePatch">RFC 7386: what is in it replaces, null removes.</param>
    public async Task<T> PatchAsync<T>(string name, JsonObject mergePatch, string? @namespace = null, string subresource = "", CancellationToken cancellationToken = default)
        where T : Resource
    {
        ArgumentNullException.ThrowIfNull(mergePatch);
        var path = PathOf(ResourcePaths.KindOf<T>(), @namespace, name, subresource);
        return Read<T>(await _http.SendAsync(HttpMethod.Patch, path, Json(Utf8(mergePatch), MergePatchType), cancellationToken));
    }

    /// <summary>Asks for the object's deletion; it exists until its finalizers are gone.</summary>
    public Task DeleteAsync<T>(string name, string? @namespace = null, DeleteOptions? options = null, CancellationToken cancellationToken = default)
        where T : Resource => DeleteAsync(ResourcePaths.KindOf<T>(), name, @namespace, options, cancellationToken);

    /// <summary>As <see cref="DeleteAsync{T}"/>, for a kind known only while running.</summary>
    public Task DeleteAsync(KindDefinition kind, string name, string? @namespace = null, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        var preconditions = new JsonObject();
        if (options?.Uid is { } uid)
            preconditions["uid"] = uid;
        if (options?.ResourceVersion is { } revision)
            preconditions["resourceVersion"] = revision;
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (preconditions.Count > 0)
            body["preconditions"] = preconditions;
        if (options?.DryRun == true)
            body["dryRun"] = new JsonArray("All");
        return _http.SendAsync(HttpMethod.Delete, PathOf(kind, @namespace, name), Json(Utf8(body)), cancellationToken);
    }

    /// <summary>Makes the object what the manifest says: creates it, or changes what differs and removes what the last applied manifest had and this one has not.</summary>
    /// <remarks>Keeps the same annotation as <c>kubectl apply</c>, so the two can take turns.</remarks>
    public Task<ApplyResult> ApplyAsync(Manifest manifest, bool dryRun = false, CancellationToken cancellationToken = default) =>
        new Applier(_http, Options).ApplyAsync(manifest, dryRun, cancellationToken);

    /// <summary>A pod's log as it is written. The caller disposes the stream.</summary>
    public async Task<Stream> ReadLogAsync(string pod, string? @namespace = null, LogQuery? query = null, CancellationToken cancellationToken = default)
    {
        query ??= new LogQuery();
        var path = PathOf(ResourcePaths.KindOf<Pod>(), @namespace, pod, "log") + ListQuery.All.ToQueryString(
            ("container", query.Container),
            ("follow", query.Follow ? "true" : null),
            ("previous", query.Previous ? "true" : null),
            ("tailLines", query.TailLines?.ToString()),
            ("sinceSeconds", query.SinceSeconds?.ToString()),
            ("timestamps", query.Timestamps ? "true" : null));
        var response = await _http.OpenAsync(HttpMethod.Get, path, null, hasDeadline: true, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>One object as JSON, for a kind known only while running.</summary>
    public async Task<JsonElement> GetJsonAsync(KindDefinition kind, string name, string? @namespace = null, CancellationToken cancellationToken = default) =>
        Parse(await _http.SendAsync(HttpMethod.Get, PathOf(kind, @namespace, name), null, cancellationToken));

    /// <summary>Every object that matches as JSON, for a kind known only while running.</summary>
    public async Task<IReadOnlyList<JsonElement>> ListJsonAsync(KindDefinition kind, ListQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        query ??= ListQuery.All;
        var all = new List<JsonElement>();
        string? token = null;
        do
        {
            var path = ResourcePaths.Collection(kind, query.Namespace) + query.ToQueryString(("limit", query.PageSize.ToString()), ("continue", token));
            var page = Parse(await _http.SendAsync(HttpMethod.Get, path, null, cancellationToken));
            all.AddRange(page.GetProperty("items").EnumerateArray());
            token = page.GetProperty("metadata").TryGetProperty("continue", out var next) ? next.GetString() : null;
        }
        while (!string.IsNullOrEmpty(token));
        return all;
    }

    /// <summary>What matches as a <c>meta.k8s.io/v1 Table</c>: the gateway chooses the columns.</summary>
    public async Task<JsonElement> GetTableAsync(KindDefinition kind, ListQuery? query = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        query ??= ListQuery.All;
        var path = ResourcePaths.Collection(kind, query.Namespace) + query.ToQueryString();
        return Parse(await _http.SendAsync(HttpMethod.Get, path, null, cancellationToken, accept: TableType));
    }

    /// <summary>Any other JSON the gateway serves, such as <c>/version</c>.</summary>
    /// <param name="body">UTF-8 JSON; null: none.</param>
    public async Task<JsonElement> SendJsonAsync(HttpMethod method, string path, ReadOnlyMemory<byte>? body = null, CancellationToken cancellationToken = default) =>
        Parse(await _http.SendAsync(method, path, body is { } json ? Json(json) : null, cancellationToken));

    internal static T Read<T>(byte[] json) => ApiJson.FromUtf8<T>(json);

    internal static byte[] Utf8(JsonNode node) => JsonSerializer.SerializeToUtf8Bytes(node, ClientJsonContext.Default.JsonNode);

    internal static ReadOnlyMemoryContent Json(ReadOnlyMemory<byte> utf8, string mediaType = "application/json") =>
        new(utf8) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } };

    private string PathOf(KindDefinition kind, string? @namespace, string name, string subresource = "")
    {
        var path = ResourcePaths.Object(kind, NamespaceFor(kind, @namespace), name);
        return subresource.Length == 0 ? path : $"{path}/{subresource}";
    }

    private string? NamespaceFor(KindDefinition kind, string? @namespace) =>
        kind.IsNamespaced ? (string.IsNullOrEmpty(@namespace) ? Options.Namespace : @namespace) : null;

    private static JsonElement Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json.Length == 0 ? "null"u8.ToArray() : json);
        return document.RootElement.Clone();
    }
}
