using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>Listens on one address and port and relays each connection to a ready pod.</summary>
internal sealed partial class ServiceListener(IPEndPoint listen, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const int Backlog = 1024;

    /// <summary>A pod on the same machine answers at once or not at all.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>After running out of descriptors: connections that end give some back.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;

    public BackendPool Pool { get; } = new();

    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public void Start()
    {
        var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (listen.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(listen);
            socket.Listen(Backlog);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }

        _socket = socket;
        _accepting = AcceptAsync(socket);
    }

    /// <summary>Accepts nothing more, and the port is free when this returns; connections that are open go on.</summary>
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
                LogAcceptFailed(listen, exception.Message);
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
            while (Pool.Choose(tried) is { } backend)
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
            await server.ConnectAsync(backend.Address, limit.Token);
            return server;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            LogBackendRefused(backend.Pod, backend.Address, exception.Message);
            server.Dispose();
            return null;
        }
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "Accepting on {Listen} failed. {Problem}")]
    private partial void LogAcceptFailed(IPEndPoint listen, string problem);

    [LoggerMessage(EventId = 302, Level = LogLevel.Debug, Message = "{Pod} at {Address} did not take a connection. {Problem}")]
    private partial void LogBackendRefused(string pod, IPEndPoint address, string problem);
}
