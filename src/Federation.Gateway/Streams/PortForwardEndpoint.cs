using System.Net.WebSockets;
using Federation.Api;
using Federation.Gateway.Agents;
using Federation.Gateway.Auth;
using Federation.Gateway.Pods;
using Federation.Gateway.Spdy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Streams;

/// <summary><c>…/pods/NAME/portforward</c>: SPDY/3.1, either by itself or inside a WebSocket.</summary>
internal sealed partial class PortForwardEndpoint(PodDirectory pods, StreamBroker streams, IHostApplicationLifetime lifetime, ILogger<PortForwardEndpoint> logger)
{
    private static readonly string[] WebSocketProtocols = ["SPDY/3.1+portforward.k8s.io"];
    private static readonly string[] SpdyProtocols = ["portforward.k8s.io"];

    public async Task ServeAsync(HttpContext context, ObjectKey key)
    {
        var target = PodTarget.Find(pods, key);
        var protocol = RemoteUpgrade.Choose(context, WebSocketProtocols, SpdyProtocols);
        streams.CheckConnected(target.Cluster);
        var subject = Caller.Of(context).Subject;
        LogOpened(subject, key.Namespace, key.Name, target.Cluster);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await using var session = new SpdySession(await AcceptAsync(context, protocol));
        var forwarding = new PortForwarding(session, streams, target, ending.Token);
        try
        {
            await forwarding.RunAsync();
            LogEnded(subject, key.Namespace, key.Name, forwarding.Count, "the client went");
        }
        catch (Exception gone) when (gone is IOException or WebSocketException or OperationCanceledException)
        {
            LogEnded(subject, key.Namespace, key.Name, forwarding.Count, gone.Message);
        }
    }

    private static async Task<Stream> AcceptAsync(HttpContext context, RemoteProtocol protocol) => protocol.IsWebSocket
        ? WebSocketStream.Create(await RemoteUpgrade.AcceptWebSocketAsync(context, protocol), WebSocketMessageType.Binary, ownsWebSocket: true)
        : await RemoteUpgrade.AcceptSpdyAsync(context, protocol);

    [LoggerMessage(EventId = 4312, Level = LogLevel.Information, Message = "{Subject} forwards ports to pod {Namespace}/{Pod}, cluster {Cluster}")]
    private partial void LogOpened(string subject, string @namespace, string pod, string cluster);

    [LoggerMessage(EventId = 4313, Level = LogLevel.Information, Message = "{Subject}'s ports to pod {Namespace}/{Pod} ended after {Count} connections: {Result}")]
    private partial void LogEnded(string subject, string @namespace, string pod, int count, string result);
}
