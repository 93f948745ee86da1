using System.Net;
using System.Net.Sockets;
using Federation.Dns.Wire;

namespace MemberCluster.Agent.Tests.Names;

/// <summary>A name server that answers every name with one address.</summary>
internal sealed class NameServerStub : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly IPAddress _answer;
    private readonly Task _serving;

    public NameServerStub(IPAddress answer)
    {
        _answer = answer;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serving = ServeAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                var query = buffer[..received.ReceivedBytes];
                if (StubMessages.Read(query) is { } question)
                    await _socket.SendToAsync(StubMessages.Respond(query, ResponseCode.NoError, 5, question.Type == RecordType.A ? [_answer] : []), SocketFlags.None, received.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }
}
