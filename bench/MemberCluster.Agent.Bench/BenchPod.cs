using System.Net;
using System.Net.Sockets;

namespace MemberCluster.Agent.Bench;

/// <summary>A server that answers each byte with one, and a star with all that the connection takes.</summary>
internal sealed class BenchPod : IDisposable
{
    private static readonly byte[] Flood = new byte[256 * 1024];
    private readonly Socket _listener;

    public BenchPod(Socket listener, int port)
    {
        _listener = listener;
        _listener.Bind(new IPEndPoint(IPAddress.Any, port));
        _listener.Listen(4096);
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }

    private static async Task ServeAsync(Socket client)
    {
        using (client)
        {
            client.NoDelay = true;
            var buffer = new byte[64];
            try
            {
                int received;
                while ((received = await client.ReceiveAsync(buffer, SocketFlags.None)) > 0)
                {
                    while (buffer[0] == (byte)'*')
                        await client.SendAsync(Flood, SocketFlags.None);
                    await client.SendAsync(buffer.AsMemory(0, received), SocketFlags.None);
                }
            }
            catch (SocketException)
            {
                // The client has gone.
            }
        }
    }
}
