using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>HTTP with one engine: version prefix, timeouts, errors as <see cref="RuntimeException"/>. Knows no resource.</summary>
internal sealed class DockerHttp : IDisposable
{
    // The host is never resolved: every connection goes through the endpoint. A proxy setting of the machine must not apply.
    private static readonly Uri Base = new("http://docker/");
    private readonly DockerOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _client;
    private volatile NegotiatedVersion? _version;

    public DockerHttp(DockerOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _client = new HttpMessageInvoker(NewHandler(async cancellationToken => new EarlyAnswerStream((await options.Endpoint.ConnectAsync(cancellationToken)).Stream)));
    }

    public DockerEndpoint Endpoint => _options.Endpoint;

    public TimeProvider Time => _time;

    public DockerOptions Options => _options;

    public void Dispose() => _client.Dispose();

    /// <summary>The version both sides speak; asks the engine once, and again after it was away.</summary>
    public async Task<ApiVersion> GetVersionAsync(CancellationToken cancellationToken) =>
        (_version ?? await NegotiateAsync(cancellationToken)).Value;

    /// <summary>Asks without version; returns the engine's clock (whole seconds).</summary>
    public async Task<DateTimeOffset> PingAsync(CancellationToken cancellationToken)
    {
        var call = new EngineCall("reach the container engine");
        try
        {
            return await WithTimeoutAsync(call, _options.PingTimeout, async token =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Base, "_ping"));
                using var response = await SendCoreAsync(call, _client, request, token);
                await ThrowIfErrorAsync(call, response, token);
                Negotiate(response);
                return response.Headers.Date ?? _time.GetUtcNow();
            }, cancellationToken);
        }
        catch (RuntimeException exception) when (exception.Failure is RuntimeFailure.Timeout)
        {
            throw new RuntimeException(RuntimeFailure.EngineUnavailable, $"No container engine answers at {Endpoint} within {_options.PingTimeout.TotalSeconds:0.#} s.", exception);
        }
    }

    public Task<T> GetAsync<T>(EngineCall call, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        RequestAsync(call, HttpMethod.Get, path, content: null, (response, token) => ReadAsync(call, response, type, token), null, cancellationToken);

    public Task<T> PostAsync<TBody, T>(EngineCall call, string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        RequestAsync(call, HttpMethod.Post, path, Json(body, bodyType), (response, token) => ReadAsync(call, response, type, token), null, cancellationToken);

    /// <summary>A request whose answer is only its status.</summary>
    /// <param name="timeout">Null is the usual one.</param>
    public Task SendAsync(EngineCall call, HttpMethod method, string path, CancellationToken cancellationToken, TimeSpan? timeout = null) =>
        RequestAsync(call, method, path, content: null, (_, _) => Task.FromResult(true), timeout, cancellationToken);

    /// <summary>A request whose answer streams. The timeout covers the answer's head only. The caller disposes the answer.</summary>
    /// <param name="timeout">Null is the usual one.</param>
    public async Task<HttpResponseMessage> OpenAsync(
        EngineCall call, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, TimeSpan? timeout = null, Action<HttpRequestHeaders>? headers = null)
    {
        return await WithTimeoutAsync(call, timeout ?? _options.RequestTimeout, async token =>
        {
            using var request = await NewRequestAsync(method, path, content, token);
            headers?.Invoke(request.Headers);
            var response = await SendCoreAsync(call, _client, request, token);
            return await CheckedAsync(call, response, token);
        }, cancellationToken);
    }

    /// <summary>A request that takes over its connection: both directions become the streams of a process.</summary>
    public async Task<UpgradedConnection> UpgradeAsync(EngineCall call, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        // A handler of its own, so that it is certain which connection was taken over.
        DockerConnection? connection = null;
        var invoker = new HttpMessageInvoker(NewHandler(async token => (connection = await Endpoint.ConnectAsync(token)).Stream));
        try
        {
            var response = await WithTimeoutAsync(call, _options.RequestTimeout, async token =>
            {
                using var request = await NewRequestAsync(HttpMethod.Post, path, content, token);
                request.Headers.Connection.Add("Upgrade");
                request.Headers.Upgrade.Add(new ProductHeaderValue("tcp"));
                var answer = await SendCoreAsync(call, invoker, request, token);
                return answer.StatusCode is HttpStatusCode.SwitchingProtocols ? answer : await CheckedAsync(call, answer, token);
            }, cancellationToken);
            return new UpgradedConnection(invoker, response, await response.Content.ReadAsStreamAsync(cancellationToken), connection!);
        }
        catch
        {
            invoker.Dispose();
            throw;
        }
    }

    public static HttpContent Json<T>(T body, JsonTypeInfo<T> type)
    {
        // Buffered with a length: engines refuse a chunked body on some routes.
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>The connection broke while an answer was read.</summary>
    public RuntimeException Broken(EngineCall call, Exception exception)
    {
        _version = null;
        return EngineErrors.FromTransport(call, Endpoint, exception);
    }

    private Task<T> RequestAsync<T>(
        EngineCall call, HttpMethod method, string path, HttpContent? content, Func<HttpResponseMessage, CancellationToken, Task<T>> read, TimeSpan? timeout, CancellationToken cancellationToken) =>
        WithTimeoutAsync(call, timeout ?? _options.RequestTimeout, async token =>
        {
            using var request = await NewRequestAsync(method, path, content, token);
            using var response = await SendCoreAsync(call, _client, request, token);
            await ThrowIfErrorAsync(call, response, token);
            return await read(response, token);
        }, cancellationToken);

    private async Task<HttpRequestMessage> NewRequestAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var version = await GetVersionAsync(cancellationToken);
        return new HttpRequestMessage(method, new Uri(Base, $"v{version}/{path}")) { Content = content };
    }

    private async Task<HttpResponseMessage> SendCoreAsync(EngineCall call, HttpMessageInvoker invoker, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            // Unlike HttpClient, an invoker returns at the end of the head and buffers nothing.
            return await invoker.SendAsync(request, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Broken(call, exception);
        }
    }

    private async Task<T> ReadAsync<T>(EngineCall call, HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine's answer is not understood: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Broken(call, exception);
        }
    }

    private async Task<HttpResponseMessage> CheckedAsync(EngineCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await ThrowIfErrorAsync(call, response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task ThrowIfErrorAsync(EngineCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // 304: already in the state asked for.
        if (response.IsSuccessStatusCode || response.StatusCode is HttpStatusCode.NotModified)
            return;
        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Broken(call, exception);
        }

        if (response.StatusCode is HttpStatusCode.BadRequest && text.Contains("client version", StringComparison.Ordinal))
            _version = null;   // the engine was exchanged for another: negotiate again at the next call
        throw EngineErrors.FromAnswer(call, response.StatusCode, MessageIn(text) ?? $"status {(int)response.StatusCode}");
    }

    private static string? MessageIn(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, DockerJson.Default.ErrorWire)?.Message;
        }
        catch (JsonException)
        {
            return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        }
    }

    private async Task<NegotiatedVersion> NegotiateAsync(CancellationToken cancellationToken)
    {
        await PingAsync(cancellationToken);
        return _version ?? throw new RuntimeException(RuntimeFailure.EngineUnavailable, $"The container engine at {Endpoint} went away.");
    }

    private void Negotiate(HttpResponseMessage response)
    {
        var header = response.Headers.TryGetValues("Api-Version", out var values) ? values.FirstOrDefault() : null;
        if (!ApiVersion.TryParse(header, out var engine))
            throw new RuntimeException(RuntimeFailure.EngineFault, $"What answers at {Endpoint} does not name an API version; is it a container engine?");
        var version = ApiVersion.Negotiate(engine)
            ?? throw new RuntimeException(RuntimeFailure.EngineFault, $"The container engine at {Endpoint} speaks API {engine}; at least {ApiVersion.Oldest} (Docker Engine 20.10) is needed.");
        _version = new NegotiatedVersion(version);
    }

    private async Task<T> WithTimeoutAsync<T>(EngineCall call, TimeSpan timeout, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await action(linked.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RuntimeException(RuntimeFailure.Timeout, $"Cannot {call.What}: the container engine did not answer within {timeout.TotalSeconds:0.#} s.", exception);
        }
    }

    private static SocketsHttpHandler NewHandler(Func<CancellationToken, Task<Stream>> connect) => new()
    {
        ConnectCallback = async (_, cancellationToken) => await connect(cancellationToken),
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        ActivityHeadersPropagator = null,
    };

    private sealed record NegotiatedVersion(ApiVersion Value);
}
