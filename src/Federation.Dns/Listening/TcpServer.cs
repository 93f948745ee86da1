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

    private readonly Socket _listener;
    private readonly TcpSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<TcpConnection, bool> _connections = new();
    private readonly ConcurrentDictionary<TcpConnection, bool> _leaving = new(); // closed, and not yet done
    private readonly CancellationTokenSource _stopping = new();
    private Task _accepting = Task.CompletedTask;

    private TcpServer(Socket listener, TcpSettings settings, TimeProvider time, ILogger logger)
    {
        _listener = listener;
        _settings = settings;
        _time = time;
        _logger = logger;
        Endpoint = (IPEndPoint)listener.LocalEndPoint!;
    }

    /// <summary>Where it listens; the port is the real one when 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

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

    public void Start() => _accepting = AcceptAsync();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys.Concat(_leaving.Keys).Select(connection => connection.Done));
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                while (_connections.Count >= _settings.MaxConnections && _connections.Keys.MinBy(connection => connection.LastActive) is { } idle)
                    Evict(idle);
                var connection = new TcpConnection(socket, _settings, _time);
                _connections.TryAdd(connection, true);
                _ = ServeAsync(connection);
            }
            catch (Exception exception) when (_stopping.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException exception)
            {
                // The client left before it was accepted, or the process is out of descriptors: others still want an answer.
                LogAcceptFailed(exception);
                await Task.Delay(PauseAfterError, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Counts no more from now on, not only when its last read has ended: clients that come faster than that would exceed the bound.</summary>
    private void Evict(TcpConnection connection)
    {
        _leaving.TryAdd(connection, true);
        _connections.TryRemove(connection, out _);
        connection.Close();
        if (connection.Done.IsCompleted)
            _leaving.TryRemove(connection, out _);
    }

    private async Task ServeAsync(TcpConnection connection)
    {
        await Task.Yield();
        try
        {
            await connection.ServeAsync(_stopping.Token);
        }
#pragma warning disable CA1031 // One broken connection must not take the server down.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            _leaving.TryRemove(connection, out _);
        }
    }

    [LoggerMessage(EventId = 5111, Level = LogLevel.Warning, Message = "A connection could not be accepted")]
    private partial void LogAcceptFailed(Exception exception);

    [LoggerMessage(EventId = 5112, Level = LogLevel.Error, Message = "A connection broke the responder")]
    private partial void LogFailed(Exception exception);
}
