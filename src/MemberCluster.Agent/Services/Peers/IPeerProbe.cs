using System.Net;
using System.Net.Sockets;

namespace MemberCluster.Agent.Services.Peers;

/// <summary>What a node said when it was tried.</summary>
internal enum PeerAnswer
{
    /// <summary>It takes connections on the port.</summary>
    Up,

    /// <summary>The machine answers, but not on this port.</summary>
    Refused,

    /// <summary>Nothing came back in time.</summary>
    Silent,
}

/// <summary>Tries another node.</summary>
internal interface IPeerProbe
{
    /// <param name="own">The address that this node serves, so that the other one knows who asks.</param>
    /// <param name="peer">The other node's address and port.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<PeerAnswer> TryAsync(IPAddress own, IPEndPoint peer, CancellationToken cancellationToken);
}

/// <summary>Opens a TCP connection and closes it again.</summary>
internal sealed class ConnectProbe(TimeProvider time) : IPeerProbe
{
    /// <summary>Nodes of a cluster are near each other.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(400);

    public async Task<PeerAnswer> TryAsync(IPAddress own, IPEndPoint peer, CancellationToken cancellationToken)
    {
        // A lost packet is sent again only after a second, so silence is asked twice.
        var first = await ConnectAsync(own, peer, cancellationToken);
        return first == PeerAnswer.Silent ? await ConnectAsync(own, peer, cancellationToken) : first;
    }

    private async Task<PeerAnswer> ConnectAsync(IPAddress own, IPEndPoint peer, CancellationToken cancellationToken)
    {
        using var socket = new Socket(peer.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            OutgoingAddress.Use(socket, own, peer);
            await socket.ConnectAsync(peer, either.Token);
            return PeerAnswer.Up;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset ? PeerAnswer.Refused : PeerAnswer.Silent;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PeerAnswer.Silent;
        }
    }
}
