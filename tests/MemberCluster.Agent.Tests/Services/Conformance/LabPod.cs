using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Federation.TestKit.Machines;

namespace MemberCluster.Agent.Tests.Services.Conformance;

/// <summary>
/// A server in a pod's network. Over TCP it says its name and who connected, on one line, and then returns what it gets until the client's end; over UDP it answers every
/// datagram with its name and who sent it.
/// </summary>
internal sealed class LabPod : IAsyncDisposable
{
    public const int Port = 8080;

    private readonly string _name;
    private readonly Socket _listener;
    private readonly Socket _datagrams;
    private readonly ConcurrentBag<Socket> _clients = [];
    private readonly Task[] _serving;

    public LabPod(ServiceLab lab, string name, bool isIPv6 = false)
    {
        _name = name;
        var family = isIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var any = new IPEndPoint(isIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port);
        _listener = lab.NewSocket(name, family, SocketType.Stream);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(any);
        _listener.Listen(4096);
        _datagrams = lab.NewSocket(name, family, SocketType.Dgram);
        _datagrams.Bind(any);
        _serving = [AcceptAsync(), AnswerAsync()];
    }

    public int Accepted => _clients.Count;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _datagrams.Dispose();
        foreach (var client in _clients)
            client.Dispose();
        await Task.WhenAll(_serving);
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
        var buffer = new byte[16 * 1024];
        try
        {
            await client.SendAsync(Encoding.ASCII.GetBytes($"{_name} {((IPEndPoint)client.RemoteEndPoint!).Address}\n"));
            int received;
            while ((received = await client.ReceiveAsync(buffer, SocketFlags.None)) > 0)
            {
                for (var sent = 0; sent < received;)
                    sent += await client.SendAsync(buffer.AsMemory(sent, received - sent), SocketFlags.None);
            }

            client.Shutdown(SocketShutdown.Both);
            client.Close();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client is gone.
        }
    }

    private async Task AnswerAsync()
    {
        var buffer = new byte[2048];
        try
        {
            while (true)
            {
                var received = await _datagrams.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(_datagrams.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
                await _datagrams.SendToAsync(Encoding.ASCII.GetBytes($"{_name} {((IPEndPoint)received.RemoteEndPoint).Address}"), SocketFlags.None, received.RemoteEndPoint);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It ends.
        }
    }
}
