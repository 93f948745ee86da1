using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>Listens on one address and port and relays each connection to a ready pod, or to another node that has one.</summary>
internal sealed partial class ServiceListener(ServiceAddress address, TimeProvider time, ILogger logger) : IServiceListener
{
    /// <summary>A storm of clients waits here; one that finds no room tries again only after a second, and longer each time.</summary>
    private const int Backlog = 4096;

    /// <summary>A pod on the same machine answers at once or not at all, and another node is in the same region.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>After running out of descriptors: connections that end give some back.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;

    public BackendPool Pool { get; } = new();

    public void Start()
    {
        _socket = address.Bind(Backlog);
        _accepting = AcceptAsync(_socket);
    }

    /// <summary>Each connection chooses when it comes.</summary>
    public void Follow()
    {
    }

    public void Close()
    {
        _stop.Cancel();
        _socket?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await socket.AcceptAsync(_stop.Token);
                _ = ServeAsync(client);
            }
            catch (SocketException exception) when (!_stop.IsCancellationRequested)
            {
                LogAcceptFailed(address.Listen, exception.Message);
                await Task.Delay(AcceptPause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        {
            client.NoDelay = true;
            var tried = new List<Backend>();
            var from = (client.RemoteEndPoint as IPEndPoint)?.Address;
            while (Pool.Choose(from, tried) is { } backend)
            {
                tried.Add(backend);
                backend.Enter();
                try
                {
                    using var server = await ConnectAsync(backend);
                    if (server is null)
                        continue;
                    await Relay.RunAsync(client, server);
                    return;
                }
                finally
                {
                    backend.Leave();
                }
            }

            // No pod took it: a reset tells the client to try another region now.
            Relay.Reset(client);
        }
    }

    /// <summary>Null when the pod does not take the connection.</summary>
    private async Task<Socket?> ConnectAsync(Backend backend)
    {
        var server = new Socket(backend.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = new CancellationTokenSource(ConnectTimeout, time);
        try
        {
            if (backend.IsPeer)
                OutgoingAddress.Use(server, address.Listen.Address, backend.Address);
            await server.ConnectAsync(backend.Address, limit.Token);
            return server;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            LogBackendRefused(backend.Pod ?? "A node", backend.Address, exception.Message);
            server.Dispose();
            return null;
        }
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "Accepting on {Listen} failed. {Problem}")]
    private partial void LogAcceptFailed(IPEndPoint listen, string problem);

    [LoggerMessage(EventId = 302, Level = LogLevel.Debug, Message = "{Pod} at {Address} did not take a connection. {Problem}")]
    private partial void LogBackendRefused(string pod, IPEndPoint address, string problem);
}
