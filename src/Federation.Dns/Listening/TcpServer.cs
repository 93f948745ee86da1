using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Listening;

/// <summary>Accepts connections on one endpoint and bounds how many there are.</summary>
internal sealed partial class TcpServer : IAsyncDisposable
{
    private const int Backlog = 512;
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(100);

    private readonly Socket listener;
    private readonly TcpSettings settings;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ConcurrentDictionary<TcpConnection, bool> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private Task accepting = Task.CompletedTask;

    private TcpServer(Socket listener, TcpSettings settings, TimeProvider time, ILogger logger)
    {
        this.listener = listener;
        this.settings = settings;
        this.time = time;
        this.logger = logger;
        Endpoint = (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Where it listens; the port is the real one when 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    public int ConnectionCount => connections.Count;

    /// <exception cref="SocketException">The endpoint cannot be bound.</exception>
    public static TcpServer Open(IPEndPoint endpoint, TcpSettings settings, TimeProvider time, ILogger logger)
    {
        var bound = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            bound.Bind(endpoint);
            bound.Listen(Backlog);
            return new TcpServer(bound, settings, time, logger);
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    public void Start() => accepting = AcceptAsync();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(connections.Keys.Select(connection => connection.Done));
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stopping.Token);
                if (connections.Count >= settings.MaxConnections)
                    connections.Keys.MinBy(connection => connection.LastActive)?.Close();
                var connection = new TcpConnection(socket, settings, time);
                connections.TryAdd(connection, true);
                _ = ServeAsync(connection);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException && stopping.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException exception)
            {
                // The client left before it was accepted, or the process is out of descriptors: others still want an answer.
                LogAcceptFailed(exception);
                await Task.Delay(PauseAfterError, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeAsync(TcpConnection connection)
    {
        await Task.Yield();
        try
        {
            await connection.ServeAsync(stopping.Token);
        }
#pragma warning disable CA1031 // One broken connection must not take the server down.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
        finally
        {
            connections.TryRemove(connection, out _);
        }
    }

    [LoggerMessage(EventId = 5111, Level = LogLevel.Warning, Message = "A connection could not be accepted")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 5112, Level = LogLevel.Error, Message = "A connection broke the responder")]
    private partial void LogFailed(Exception exception);
}
