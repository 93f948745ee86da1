using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Federation.Api.Agents;
using Federation.Dns.Wire;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Names;

/// <summary>The name server of this node's containers: on the machine's address in their network, for nobody else. What is served here is answered from memory.</summary>
internal sealed partial class ContainerNames(NameOptions options, ImmutableArray<IPAddress> listen, TimeProvider time, ILogger<ContainerNames> logger) : IAsyncDisposable
{
    /// <summary>As short as the federation's own: pods come and go.</summary>
    private const uint Ttl = 5;
    private const int MostAtOnce = 512;
    private const int LargestQuery = 4096;

    /// <summary>glibc reads no more.</summary>
    private const int MostServers = 3;
    private static readonly TimeSpan TcpIdle = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Forwarder _forwarder = new(time);
    private readonly SemaphoreSlim _slots = new(MostAtOnce);
    private LocalNames _names = LocalNames.None;
    private Listening? _listening;
    private IPAddress? _refused;

    private sealed record Listening(IPEndPoint Address, IPNetwork? Subnet, Socket Datagrams, Socket Listener)
    {
        public Task Running { get; set; } = Task.CompletedTask;
    }

    /// <summary>What containers are given as their name servers: this one, and for the time that the agent is dead those that answer without it. Empty: the engine's own.</summary>
    public ImmutableArray<string> Servers
    {
        get
        {
            lock (_lock)
            {
                return _listening is { } now
                    ? [now.Address.Address.ToString(), .. options.Federation.Concat(options.Outside).Where(IsReachable).Select(server => server.Address.ToString()).Distinct().Take(MostServers - 1)]
                    : [];
            }
        }
    }

    /// <summary>Where a name without dots is looked for.</summary>
    public ImmutableArray<string> SearchOf(string @namespace) => Servers.IsEmpty ? []
        : options.Zone is { } zone ? [$"{@namespace}.svc.{zone}", $"svc.{zone}", zone]
        : [$"{@namespace}.svc"];

    /// <summary>Takes note of what one work's ports lead to.</summary>
    /// <param name="workUid">The work.</param>
    /// <param name="namespace">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isServed">A port that leads to all of its pods leads to some.</param>
    /// <param name="pets">The pets whose own ports lead to them.</param>
    public void Update(string workUid, string @namespace, string name, bool isServed, IndexSet pets)
    {
        lock (_lock)
            _names = _names.With(workUid, isServed ? (@namespace, name) : null).WithPets(workUid, @namespace, name, pets);
    }

    /// <summary>Listens in the network of pods; where it listens already, it goes on.</summary>
    public void Serve(ContainerNetwork network, PodSettings settings)
    {
        if (network is not ContainerNetwork.Named { Gateway: { } gateway } named || IPAddress.IsLoopback(gateway))
            return;
        lock (_lock)
        {
            if (_stop.IsCancellationRequested)
                return;
            _names = _names with { Addresses = [.. (settings with { Network = network }).ServiceAddresses(listen).Select(address => Reachable(address, gateway)).Distinct()] };
            var address = new IPEndPoint(gateway, options.Port);
            if (_listening?.Address.Equals(address) == true)
                return;
            try
            {
                Open_NeedsLock(address, named.Subnet);
                _refused = null;
                LogServing(address);
            }
            catch (SocketException exception)
            {
                if (!gateway.Equals(_refused))
                    LogNotServing(address, exception.Message);
                _refused = gateway;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Listening? listening;
        lock (_lock)
        {
            _stop.Cancel();
            (listening, _listening) = (_listening, null);
        }

        if (listening is not null)
        {
            listening.Datagrams.Dispose();
            listening.Listener.Dispose();
            await listening.Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
    }

    /// <summary>"Any address" is none that could be answered.</summary>
    private static IPAddress Reachable(IPAddress address, IPAddress gateway) =>
        IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? gateway : address;

    /// <summary>From a container, and without saying a port.</summary>
    private static bool IsReachable(IPEndPoint server) => server.Port == 53 && !IPAddress.IsLoopback(server.Address);

    private void Open_NeedsLock(IPEndPoint address, IPNetwork? subnet)
    {
        var datagrams = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            datagrams.Bind(address);
            listener.SetRawSocketOption(1, 2, BitConverter.GetBytes(1));   // SOL_SOCKET, SO_REUSEADDR
            listener.Bind(address);
            listener.Listen();
        }
        catch (SocketException)
        {
            datagrams.Dispose();
            listener.Dispose();
            throw;
        }

        // The engine may have made the network anew, with another address.
        _listening?.Datagrams.Dispose();
        _listening?.Listener.Dispose();
        var listening = new Listening(address, subnet, datagrams, listener);
        listening.Running = Task.WhenAll(ReceiveAsync(listening), AcceptAsync(listening));
        _listening = listening;
    }

    private async Task ReceiveAsync(Listening listening)
    {
        var buffer = new byte[LargestQuery];
        var any = new IPEndPoint(listening.Address.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            try
            {
                var received = await listening.Datagrams.ReceiveFromAsync(buffer, SocketFlags.None, any, _stop.Token);
                var client = (IPEndPoint)received.RemoteEndPoint;
                if (IsContainer(listening, client) && _slots.Wait(0))
                    _ = AnswerDatagramAsync(listening, buffer[..received.ReceivedBytes], client);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                // An earlier client has gone.
            }
        }
    }

    private async Task AnswerDatagramAsync(Listening listening, byte[] query, IPEndPoint client)
    {
        try
        {
            if (await AnswerAsync(query, isTcp: false) is { } answer)
                await listening.Datagrams.SendToAsync(answer, SocketFlags.None, client, _stop.Token);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The container asks again.
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task AcceptAsync(Listening listening)
    {
        while (true)
        {
            try
            {
                var client = await listening.Listener.AcceptAsync(_stop.Token);
                if (IsContainer(listening, (IPEndPoint)client.RemoteEndPoint!) && _slots.Wait(0))
                    _ = AnswerStreamAsync(client);
                else
                    client.Dispose();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return;
            }
            catch (SocketException)
            {
                // It has gone before it was accepted.
            }
        }
    }

    private async Task AnswerStreamAsync(Socket client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(TcpIdle);
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            while (await Forwarder.ReadAsync(stream, limit.Token) is { } query)
            {
                if (await AnswerAsync(query, isTcp: true) is { } answer)
                    await Forwarder.WriteAsync(stream, answer, limit.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // It hung up, or was silent for too long.
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <summary>Null: the packet is no question.</summary>
    private async Task<byte[]?> AnswerAsync(byte[] query, bool isTcp)
    {
        if (StubMessages.Read(query) is not { } question)
            return null;
        LocalNames names;
        lock (_lock)
            names = _names;
        return NameDecider.Decide(question, names, options.Zone, options.Region) switch
        {
            NameDecision.Local local => StubMessages.Respond(query, ResponseCode.NoError, Ttl, local.Addresses),
            NameDecision.NoSuchName => StubMessages.Respond(query, ResponseCode.NameError, Ttl, []),
            NameDecision.AskFederation when !options.Federation.IsEmpty => await PassOnAsync(query, isTcp, options.Federation),
            _ => await PassOnAsync(query, isTcp, options.Outside),
        };
    }

    private async Task<byte[]> PassOnAsync(byte[] query, bool isTcp, ImmutableArray<IPEndPoint> servers) =>
        await _forwarder.AskAsync(query, isTcp, servers, _stop.Token) ?? StubMessages.Respond(query, ResponseCode.ServerFailure, Ttl, []);

    /// <summary>Whoever else can reach the address gets no resolver from us.</summary>
    private static bool IsContainer(Listening listening, IPEndPoint client) => listening.Subnet is not { } subnet || subnet.Contains(client.Address);

    [LoggerMessage(EventId = 360, Level = LogLevel.Information, Message = "Containers find names at {Address}")]
    private partial void LogServing(IPEndPoint address);

    [LoggerMessage(EventId = 361, Level = LogLevel.Warning, Message = "Names cannot be served to containers at {Address}; they use the engine's own name servers. {Problem}")]
    private partial void LogNotServing(IPEndPoint address, string problem);
}
