using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MemberCluster.Agent.Tests.Services;

/// <summary>A server that says its name to each client and then returns what it gets, until the client's end; then it says goodbye.</summary>
internal sealed class EchoPod : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentBag<Socket> _clients = [];
    private readonly Task _accepting;
    private readonly string _name;

    public EchoPod(string name, IPEndPoint? listen = null)
    {
        _name = name;
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(listen ?? new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public int Accepted => _clients.Count;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var client in _clients)
            client.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync();
                _clients.Add(client);
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            await client.SendAsync(Encoding.ASCII.GetBytes(_name + "\n"));
            int received;
            while ((received = await client.ReceiveAsync(buffer, SocketFlags.None)) > 0)
            {
                for (var sent = 0; sent < received;)
                    sent += await client.SendAsync(buffer.AsMemory(sent, received - sent), SocketFlags.None);
            }

            await client.SendAsync("bye"u8.ToArray());
            client.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client is gone.
        }
    }
}
