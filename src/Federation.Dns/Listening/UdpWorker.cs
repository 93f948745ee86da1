using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Federation.Dns.Answering;
using Federation.Dns.Listening.Native;
using Federation.Dns.Wire;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Listening;

/// <summary>One socket and one thread that answers what arrives on it. Several share a port: the kernel spreads the clients over them.</summary>
internal sealed partial class UdpWorker : IDisposable
{
    private const int SocketBuffer = 4 << 20;
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly Responder _responder;
    private readonly QueryCounters _counters;
    private readonly ILogger _logger;
    private readonly DatagramBatch _batch;
    private readonly ReadAhead _ahead;
    private readonly ManualResetEventSlim _stopping = new();
    private readonly Thread _thread;

    private UdpWorker(Socket socket, Responder responder, QueryCounters counters, int maxResponse, bool keepsDestination, ILogger logger)
    {
        _socket = socket;
        _responder = responder;
        _counters = counters;
        _logger = logger;
        _batch = new DatagramBatch(maxResponse, keepsDestination);
        _ahead = responder.CreateReadAhead(DatagramBatch.Capacity);
        _thread = new Thread(Run) { IsBackground = true, Name = "dns-udp" };
    }

    /// <summary>Binds one more socket to the endpoint.</summary>
    /// <exception cref="SocketException">The endpoint cannot be bound.</exception>
    public static UdpWorker Open(IPEndPoint endpoint, Responder responder, QueryCounters counters, int maxResponse, ILogger logger)
    {
        var bound = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            ShareWithMulticastDns(bound);
            bound.SetRawSocketOption(Libc.SocketLevel, Libc.ReusePort, BitConverter.GetBytes(1));
            bound.ReceiveBufferSize = SocketBuffer;
            bound.SendBufferSize = SocketBuffer;
            var isForAllAddresses = endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);
            if (isForAllAddresses && endpoint.AddressFamily == AddressFamily.InterNetwork)
                bound.SetRawSocketOption(Libc.IpLevel, Libc.IpPacketInfo, BitConverter.GetBytes(1));
            else if (isForAllAddresses)
                bound.SetRawSocketOption(Libc.Ipv6Level, Libc.Ipv6ReceivePacketInfo, BitConverter.GetBytes(1));
            bound.Bind(endpoint);
            return new UdpWorker(bound, responder, counters, maxResponse, isForAllAddresses, logger);
        }
        catch
        {
            bound.Dispose();
            throw;
        }
    }

    /// <summary>Fails if someone has the endpoint: sharing a port among our workers must not hide another server on it.</summary>
    /// <exception cref="SocketException">The endpoint cannot be bound.</exception>
    public static void Probe(IPEndPoint endpoint)
    {
        using var probe = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        ShareWithMulticastDns(probe);
        probe.Bind(endpoint);
    }

    public void Start() => _thread.Start();

    public void Dispose()
    {
        _stopping.Set();

        // Wakes the thread out of the system call: closing alone would not.
        _ = Libc.Shutdown((int)_socket.Handle, (int)SocketShutdown.Both);
        if (_thread.ThreadState != ThreadState.Unstarted)
            _thread.Join();
        _socket.Dispose();
        _batch.Dispose();
        _stopping.Dispose();
    }

    /// <summary>
    /// Port 5353, our default, is also multicast DNS: desktops have a responder on it that listens on all addresses and lets others in. Our address is the
    /// closer match, so unicast queries to it reach us, and its multicast stays its own.
    /// </summary>
    private static void ShareWithMulticastDns(Socket socket) =>
        socket.SetRawSocketOption(Libc.SocketLevel, Libc.ReuseAddress, BitConverter.GetBytes(1));

    private void Run()
    {
        var handle = (int)_socket.Handle;
        while (!_stopping.IsSet)
        {
            var count = _batch.Receive(handle);
            if (count == 0)
                Recover(Marshal.GetLastPInvokeError());
            if (count > 1)
                ReadAhead(count);
            for (var slot = 0; slot < count; slot++)
                Answer(slot);
            _batch.Send(handle);
        }
    }

    private void ReadAhead(int count)
    {
        try
        {
            for (var slot = 0; slot < count; slot++)
                _ahead.Add(_batch.Query(slot));
            _ahead.Run();
        }
#pragma warning disable CA1031 // The answers come without it, too.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
    }

    private void Answer(int slot)
    {
        try
        {
            var arrival = new Arrival(Transport.Udp, ClientAddress.FromSocket(_batch.Sender(slot)));
            var length = _responder.Answer(_batch.Query(slot), _batch.Response(slot), arrival, _counters);
            if (length > 0)
                _batch.Reply(slot, length);
        }
#pragma warning disable CA1031 // A packet that breaks the responder must not take the server down with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception);
        }
    }

    private void Recover(int error)
    {
        if (error is Libc.Interrupted or Libc.TryAgain || _stopping.IsSet)
            return;
        LogReceiveFailed(error);
        _stopping.Wait(PauseAfterError);
    }

    [LoggerMessage(EventId = 5101, Level = LogLevel.Error, Message = "A query could not be answered")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(EventId = 5102, Level = LogLevel.Error, Message = "Receiving queries failed with error {Error}; trying again")]
    private partial void LogReceiveFailed(int error);
}
