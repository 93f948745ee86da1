using System.Net;
using System.Net.WebSockets;
using Federation.Api.Meta;

namespace Federation.Client.Transport;

/// <summary>Opens WebSockets to one gateway, each over a connection of its own.</summary>
internal sealed class GatewaySockets(ClientOptions options, TimeProvider time, HttpMessageHandler? handler) : IDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _invoker = new(handler ?? GatewayHttp.CreateHandler(options), disposeHandler: handler is null);

    public void Dispose() => _invoker.Dispose();

    /// <exception cref="StatusException">The gateway refuses.</exception>
    /// <exception cref="GatewayUnavailableException">It does not answer.</exception>
    public async Task<WebSocket> ConnectAsync(string path, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = PingInterval;
        socket.Options.KeepAliveTimeout = PingTimeout;
        socket.Options.SetRequestHeader("User-Agent", options.UserAgent);
        if (options.Token is { } token)
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        foreach (var protocol in protocols)
            socket.Options.AddSubProtocol(protocol);
        var target = new UriBuilder(new Uri(options.Server, path)) { Scheme = options.Server.Scheme == Uri.UriSchemeHttps ? "wss" : "ws" }.Uri;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), timeout, options.RequestTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            await socket.ConnectAsync(target, _invoker, timeout.Token);
            return socket;
        }
        catch (Exception failed) when ((failed is WebSocketException || GatewayHttp.IsTransportFailure(failed)) && !cancellationToken.IsCancellationRequested)
        {
            var code = socket.HttpStatusCode;
            socket.Dispose();
            throw (int)code >= 300 ? Refused(code) : Unavailable(failed);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A refused upgrade comes without the body that would say why.</summary>
    private static StatusException Refused(HttpStatusCode code) =>
        new(new Status { Code = (int)code, Message = $"the gateway refuses the stream: HTTP {(int)code}" });

    private GatewayUnavailableException Unavailable(Exception cause) =>
        new($"{options.Server} cannot be reached: {(cause is OperationCanceledException ? "it did not answer in time" : cause.InnerException?.Message ?? cause.Message)}", cause);
}
