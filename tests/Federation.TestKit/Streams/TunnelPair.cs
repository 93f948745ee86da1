using System.Net.WebSockets;
using Federation.Api.Streams;

namespace Federation.TestKit.Streams;

/// <summary>Both ends of a stream between gateway and agent, in memory.</summary>
public static class TunnelPair
{
    public static (StreamTunnel Gateway, StreamTunnel Agent) Create()
    {
        var (gateway, agent) = CreateSockets();
        return (new StreamTunnel(gateway), new StreamTunnel(agent));
    }

    public static (WebSocket Server, WebSocket Client) CreateSockets()
    {
        var (one, other) = DuplexStream.CreatePair();
        return (WebSocket.CreateFromStream(one, new WebSocketCreationOptions { IsServer = true }), WebSocket.CreateFromStream(other, new WebSocketCreationOptions()));
    }
}
