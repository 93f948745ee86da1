using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Services;

/// <summary>Listens for datagrams on one address and port. Each client (address and port) keeps its pod while it talks and the pod is ready.</summary>
internal sealed partial class DatagramListener(ServiceAddress address, TimeProvider time, ILogger logger) : IServiceListener
{
    /// <summary>As long as the kernel remembers a UDP flow with answers.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(10);

    /// <summary>More clients at the same time are not served: each one holds a socket.</summary>
    private const int MostClients = 8192;
    private const int LargestDatagram = 65_535;
    private const int ReceiveBuffer = 1 << 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<IPEndPoint, Flow> _flows = new();
    private Socket? _socket;
    private ITimer? _sweeper;
    private Task _receiving = Task.CompletedTask;

    public BackendPool Pool { get; } = new();

    public void Start()
    {
        _socket = address.Bind(backlog: 0);
        _socket.ReceiveBufferSize = ReceiveBuffer;
        _receiving = ReceiveAsync(_socket);
        _sweeper = time.CreateTimer(_ => EndIdle(), null, Sweep, Sweep);
    }

    /// <summary>A flow whose pod is no backend any more ends now: the client's next datagram finds another.</summary>
    public void Follow()
    {
        foreach (var (client, flow) in _flows)
        {
            if (!Pool.Backends.Contains(flow.Backend))
                End(client, flow);
        }
    }

    public void Close()
    {
        _stop.Cancel();
        _sweeper?.Dispose();
        _socket?.Dispose();
        foreach (var (client, flow) in _flows)
            End(client, flow);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _receiving;
        _stop.Dispose();
    }

    private async Task ReceiveAsync(Socket socket)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(LargestDatagram);
        var from = new IPEndPoint(address.Listen.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, from, _stop.Token);
                if (FlowOf((IPEndPoint)received.RemoteEndPoint, socket) is not { } flow)
                    continue;
                flow.LastUse = time.GetTimestamp();
                await flow.Socket.SendAsync(buffer.AsMemory(0, received.ReceivedBytes), SocketFlags.None, _stop.Token);
            }
            catch (SocketException exception) when (!_stop.IsCancellationRequested)
            {
                // A pod that refuses is told here, at the next datagram to it; its client may have meant another flow.
                LogDatagramFailed(address, exception.Message);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                if (_stop.IsCancellationRequested)
                    return;
            }
        }
    }

    /// <summary>Null: nobody is ready, or there are too many clients. The datagram is lost, as datagrams may be.</summary>
    private Flow? FlowOf(IPEndPoint client, Socket socket)
    {
        if (_flows.TryGetValue(client, out var known))
            return known;
        if (_flows.Count >= MostClients || Pool.Choose(client.Address, []) is not { } backend)
            return null;
        var upstream = new Socket(backend.Address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (backend.IsPeer)
                OutgoingAddress.Use(upstream, address.Listen.Address, backend.Address);
            upstream.Connect(backend.Address);
        }
        catch (SocketException)
        {
            upstream.Dispose();
            throw;
        }

        backend.Enter();
        var flow = new Flow(backend, upstream) { LastUse = time.GetTimestamp() };
        _flows[client] = flow;
        _ = AnswerAsync(client, flow, socket);
        // The pool may have changed since it was asked.
        if (!Pool.Backends.Contains(backend))
            End(client, flow);
        return flow;
    }

    private async Task AnswerAsync(IPEndPoint client, Flow flow, Socket socket)
    {
        try
        {
            while (true)
            {
                // A flow that waits holds no buffer.
                await flow.Socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.Peek, _stop.Token);
                var buffer = ArrayPool<byte>.Shared.Rent(LargestDatagram);
                try
                {
                    var received = await flow.Socket.ReceiveAsync(buffer, SocketFlags.None, _stop.Token);
                    flow.LastUse = time.GetTimestamp();
                    await socket.SendToAsync(buffer.AsMemory(0, received), SocketFlags.None, client, _stop.Token);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Refused by the pod, or ended from here.
            End(client, flow);
        }
    }

    private void EndIdle()
    {
        foreach (var (client, flow) in _flows)
        {
            if (time.GetElapsedTime(flow.LastUse) > IdleTimeout)
                End(client, flow);
        }
    }

    private void End(IPEndPoint client, Flow flow)
    {
        _flows.TryRemove(KeyValuePair.Create(client, flow));
        if (!flow.End())
            return;
        flow.Socket.Dispose();
        flow.Backend.Leave();
    }

    private sealed class Flow(Backend backend, Socket socket)
    {
        private int _ended;

        public Backend Backend => backend;

        public Socket Socket => socket;

        public long LastUse { get; set; }

        /// <returns>False: it had ended before.</returns>
        public bool End() => Interlocked.Exchange(ref _ended, 1) == 0;
    }

    [LoggerMessage(EventId = 303, Level = LogLevel.Debug, Message = "A datagram for {Address} was lost. {Problem}")]
    private partial void LogDatagramFailed(ServiceAddress address, string problem);
}
