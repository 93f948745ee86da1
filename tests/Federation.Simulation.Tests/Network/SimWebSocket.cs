using System.Net.WebSockets;
using System.Threading.Channels;
using Federation.Simulation.Tests.Kernel;

namespace Federation.Simulation.Tests.Network;

/// <summary>One end of a WebSocket over the simulated network.</summary>
internal sealed class SimWebSocket : WebSocket
{
    private readonly SimWire _in;
    private readonly SimWire _out;
    private WebSocketState _state = WebSocketState.Open;

    private SimWebSocket(SimWire @in, SimWire @out) => (_in, _out) = (@in, @out);

    /// <summary>Both ends; the client's is broken soon unless it is taken.</summary>
    public static (SimWebSocket Client, SimWebSocket Server) Pair(World world, Life client, Life server)
    {
        var (up, down) = (new SimWire(world, client, server), new SimWire(world, server, client));
        return (new SimWebSocket(down, up), new SimWebSocket(up, down));
    }

    public override WebSocketCloseStatus? CloseStatus => null;

    public override string? CloseStatusDescription => null;

    public override string? SubProtocol => null;

    public override WebSocketState State => _state;

    public SimWebSocket Take()
    {
        _in.Take();
        _out.Take();
        return this;
    }

    public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        if (_state is not (WebSocketState.Open or WebSocketState.CloseReceived))
            throw new WebSocketException(WebSocketError.InvalidState);
        try
        {
            await _out.SendAsync(buffer.ToArray(), cancellationToken);
        }
        catch (ChannelClosedException broken)
        {
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, broken);
        }
    }

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        if (await _in.ReceiveAsync(cancellationToken) is not { } message)
        {
            _state = _state == WebSocketState.CloseSent ? WebSocketState.Closed : WebSocketState.CloseReceived;
            return new WebSocketReceiveResult(0, WebSocketMessageType.Close, endOfMessage: true);
        }

        message.CopyTo(buffer.AsMemory());
        return new WebSocketReceiveResult(message.Length, WebSocketMessageType.Binary, endOfMessage: true);
    }

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        _out.End();
        _state = _state == WebSocketState.CloseReceived ? WebSocketState.Closed : WebSocketState.CloseSent;
        return Task.CompletedTask;
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override void Abort()
    {
        if (_state == WebSocketState.Closed)
            return;
        _state = WebSocketState.Aborted;
        _in.Break();
        _out.Break();
    }

    public override void Dispose() => Abort();
}
