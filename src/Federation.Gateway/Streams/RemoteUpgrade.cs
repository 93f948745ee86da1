using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Federation.Api.Meta;
using Federation.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Federation.Gateway.Streams;

/// <summary>Turns requests into connections in both directions: WebSockets, which newer clients ask for, and SPDY/3.1, which older ones do and newer ones fall back to.</summary>
internal static class RemoteUpgrade
{
    public const string ChannelV4 = "v4.channel.k8s.io";
    public const string ChannelV5 = "v5.channel.k8s.io";
    private const string SpdyName = "SPDY/3.1";
    private const string SpdyProtocolHeader = "X-Stream-Protocol-Version";
    private const string AcceptedProtocolsHeader = "X-Accepted-Stream-Protocol-Versions";

    /// <summary>Of connections to clients. Without an answer nothing follows: a client that stands still (its output is a paused pager's input) does not answer, and is well.</summary>
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10);

    /// <summary>What the client wants and this gateway speaks; decided before anything is started.</summary>
    /// <exception cref="RefusedException">400: no upgrade; 403: none of the protocols is known.</exception>
    public static RemoteProtocol Choose(HttpContext context, IReadOnlyList<string> overWebSocket, IReadOnlyList<string> overSpdy)
    {
        if (context.WebSockets.IsWebSocketRequest)
            return new RemoteProtocol(IsWebSocket: true, Pick(context, context.WebSockets.WebSocketRequestedProtocols, overWebSocket));
        if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && context.Request.Headers.Upgrade.ToString().Equals(SpdyName, StringComparison.OrdinalIgnoreCase))
            return new RemoteProtocol(IsWebSocket: false, Pick(context, context.Request.Headers.GetCommaSeparatedValues(SpdyProtocolHeader), overSpdy));
        throw new RefusedException(Statuses.BadRequest("Upgrade request required"));
    }

    public static Task<WebSocket> AcceptWebSocketAsync(HttpContext context, RemoteProtocol protocol) =>
        protocol.Name.Contains('/')
            ? AcceptOddWebSocketAsync(context, protocol)
            : context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = protocol.Name, KeepAliveInterval = PingInterval });

    /// <summary>A protocol's name is a token, without slashes (RFC 6455, section 4.1), and the platform insists on it; Kubernetes' clients do not. So this handshake is our own.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The handshake's sum is defined so, and protects nothing.")]
    private static async Task<WebSocket> AcceptOddWebSocketAsync(HttpContext context, RemoteProtocol protocol)
    {
        const string Suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";   // RFC 6455, section 1.3
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
            throw new RefusedException(Statuses.BadRequest("this protocol needs HTTP/1.1"));
        var key = context.Request.Headers.SecWebSocketKey.ToString();
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Suffix)));
        context.Response.Headers.SecWebSocketProtocol = protocol.Name;
        return WebSocket.CreateFromStream(await upgrade.UpgradeAsync(), new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = PingInterval });
    }

    public static async Task<Stream> AcceptSpdyAsync(HttpContext context, RemoteProtocol protocol)
    {
        context.Response.Headers.Upgrade = SpdyName;
        context.Response.Headers[SpdyProtocolHeader] = protocol.Name;
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    private static string Pick(HttpContext context, IList<string> wanted, IReadOnlyList<string> known)
    {
        if (wanted.FirstOrDefault(known.Contains) is { } chosen)
            return chosen;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers[AcceptedProtocolsHeader] = string.Join(", ", known);
            return Task.CompletedTask;
        });
        throw new RefusedException(Statuses.Forbidden($"unable to upgrade: none of the protocols [{string.Join(", ", wanted)}] is known here, only [{string.Join(", ", known)}]"));
    }
}

/// <summary>What client and gateway speak.</summary>
/// <param name="IsWebSocket">False: SPDY/3.1.</param>
/// <param name="Name">The protocol within.</param>
internal sealed record RemoteProtocol(bool IsWebSocket, string Name);
