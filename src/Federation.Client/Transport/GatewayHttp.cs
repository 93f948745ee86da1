using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Federation.Api.Json;
using Federation.Api.Meta;

namespace Federation.Client.Transport;

/// <summary>Sends requests to one gateway and turns what is not a success into exceptions.</summary>
internal sealed class GatewayHttp : IDisposable
{
    private const string JsonType = "application/json";

    private readonly HttpClient _http;
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;

    public GatewayHttp(ClientOptions options, TimeProvider time, HttpMessageHandler? handler)
    {
        (_options, _time) = (options, time);
        _http = new HttpClient(handler ?? CreateHandler(options), disposeHandler: handler is null)
        {
            BaseAddress = options.Server,
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (options.Token is { } token)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The whole body of a successful answer.</summary>
    public async Task<byte[]> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, string accept = JsonType)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), timeout, _options.RequestTimeout, Timeout.InfiniteTimeSpan);
        return await GuardAsync(
            async () =>
            {
                using var request = NewRequest(method, path, content, accept);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, timeout.Token);
                var body = await response.Content.ReadAsByteArrayAsync(timeout.Token);
                Warn(response);
                return response.IsSuccessStatusCode ? body : throw Refused(response, body);
            },
            cancellationToken);
    }

    /// <summary>An answer whose body is read as it comes. The caller disposes it.</summary>
    /// <param name="content">May be a body that is still being written while the answer is awaited: then <paramref name="hasDeadline"/> is false.</param>
    public async Task<HttpResponseMessage> OpenAsync(HttpMethod method, string path, HttpContent? content, bool hasDeadline, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var limit = hasDeadline ? _options.RequestTimeout : Timeout.InfiniteTimeSpan;
        using var timer = _time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), timeout, limit, Timeout.InfiniteTimeSpan);
        return await GuardAsync(
            async () =>
            {
                using var request = NewRequest(method, path, content);
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
                Warn(response);
                if (response.IsSuccessStatusCode)
                    return response;
                using (response)
                    throw Refused(response, await response.Content.ReadAsByteArrayAsync(timeout.Token));
            },
            cancellationToken);
    }

    public GatewayUnavailableException Unavailable(Exception cause) => cause switch
    {
        HttpRequestException { InnerException: System.Security.Authentication.AuthenticationException } =>
            new($"{_options.Server} shows a certificate that is not from the expected authority.", cause),
        OperationCanceledException or TimeoutException => new($"{_options.Server} did not answer within {_options.RequestTimeout.TotalSeconds:0} s.", cause),
        HttpRequestException http => new($"{_options.Server} cannot be reached: {http.InnerException?.Message ?? http.Message}", cause),
        _ => new($"The connection to {_options.Server} broke: {cause.Message}", cause),
    };

    public static bool IsTransportFailure(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException or TimeoutException;

    private async Task<T> GuardAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            return await send();
        }
        catch (Exception failed) when (IsTransportFailure(failed) && !cancellationToken.IsCancellationRequested)
        {
            throw Unavailable(failed);
        }
    }

    private static HttpRequestMessage NewRequest(HttpMethod method, string path, HttpContent? content, string accept = JsonType)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Accept.ParseAdd(accept);
        return request;
    }

    private void Warn(HttpResponseMessage response)
    {
        if (_options.OnWarning is not { } onWarning || !response.Headers.TryGetValues("Warning", out var warnings))
            return;
        foreach (var warning in warnings)
            onWarning(WarningText.Parse(warning));
    }

    private static StatusException Refused(HttpResponseMessage response, byte[] body)
    {
        var code = (int)response.StatusCode;
        try
        {
            if (response.Content.Headers.ContentType?.MediaType == "application/json" && ApiJson.FromUtf8<Status>(body) is { Kind: "Status" } status)
                return new StatusException(status with { Code = status.Code == 0 ? code : status.Code });
        }
        catch (JsonException)
        {
            // Not from a gateway: a proxy in between, say. Its own words are below.
        }

        var text = System.Text.Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 300)));
        return new StatusException(new Status { Code = code, Message = $"HTTP {code}: {(text.Length > 0 ? text : response.ReasonPhrase)}" });
    }

    public static SocketsHttpHandler CreateHandler(ClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            EnableMultipleHttp2Connections = true,
            // A stream over a dead link ends within seconds, whatever it carries.
            KeepAlivePingDelay = TimeSpan.FromSeconds(5),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = !options.Server.IsLoopback,
        };
        if (options.AcceptsCertificate is { } accepts)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && accepts(shown),
            };
        }
        else if (options.Authorities.Count > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            foreach (var authority in options.Authorities)
                policy.CustomTrustStore.Add(authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }
}
