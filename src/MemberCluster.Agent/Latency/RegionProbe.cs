using System.Net;
using System.Net.Sockets;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Latency;

/// <summary>Measures one round trip: how long a TCP handshake takes where clients connect, and be it until the port is refused. Sends no byte of data.</summary>
internal sealed class RegionProbe(TimeProvider time)
{
    private const int Handshakes = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The best of a few: what is above it was waiting, not distance. Null: nobody answers.</summary>
    public async Task<TimeSpan?> MeasureAsync(RegionPeer peer, CancellationToken cancellationToken)
    {
        if (!IPAddress.TryParse(peer.Address, out var address))
            return null;
        TimeSpan? best = null;
        for (var i = 0; i < Handshakes; i++)
        {
            var took = await HandshakeAsync(new IPEndPoint(address, peer.Port), cancellationToken);
            if (took is null)
                return best;
            best = best is null || took < best ? took : best;
        }

        return best;
    }

    private async Task<TimeSpan?> HandshakeAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // Nothing is left behind on either side when it is closed.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var start = time.GetTimestamp();
        try
        {
            await socket.ConnectAsync(endpoint, either.Token);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // The answer to a port that is closed has come the same way.
        }
        catch (Exception silent) when (silent is SocketException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }

        return time.GetElapsedTime(start);
    }
}
