using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace MemberCluster.Agent.Services;

internal enum ServiceProtocol
{
    Tcp,
    Udp,
}

/// <summary>Where clients connect: one thing only can have it.</summary>
internal readonly record struct ServiceAddress(ServiceProtocol Protocol, IPEndPoint Listen)
{
    private const int SocketLevel = 1;   // SOL_SOCKET
    private const int ReuseAddress = 2;   // SO_REUSEADDR: connections that have just ended do not keep the port

    public override string ToString() => Protocol == ServiceProtocol.Udp ? $"{Listen}/udp" : Listen.ToString();

    /// <summary>A socket that holds the address; of TCP, it listens.</summary>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public Socket Bind(int backlog)
    {
        var isUdp = Protocol == ServiceProtocol.Udp;
        var socket = new Socket(Listen.AddressFamily, isUdp ? SocketType.Dgram : SocketType.Stream, isUdp ? ProtocolType.Udp : ProtocolType.Tcp);
        try
        {
            if (Listen.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = false;
            // Not by ReuseAddress: that lets other programs, and other agents, listen on the same port (SO_REUSEPORT) and share its clients.
            if (!isUdp)
                socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            socket.Bind(Listen);
            if (!isUdp)
                socket.Listen(backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>An address and port that the cluster offers, the ready pods behind it, and where other nodes offer it.</summary>
/// <param name="WorkUid">The work that exposes it.</param>
/// <param name="Listen">Where clients connect.</param>
/// <param name="Backends">This machine's ready pods.</param>
internal sealed record ServiceEndpoint(string WorkUid, IPEndPoint Listen, ImmutableArray<BackendAddress> Backends)
{
    public ServiceProtocol Protocol { get; init; }

    /// <summary>Other nodes that have ready pods. With no backend and no peer, clients are refused at once.</summary>
    public ImmutableArray<PeerAddress> Peers { get; init; } = [];

    /// <summary>Pods that stop and still run. While no other pod of this machine is ready they still serve what other nodes send, who do not know yet.</summary>
    public ImmutableArray<BackendAddress> Leaving { get; init; } = [];

    /// <summary>The pet that the port leads to, and to no other; null: it leads to all pods.</summary>
    public int? Ordinal { get; init; }

    public ServiceAddress Address => new(Protocol, Listen);

    /// <summary>Lists are compared by their elements.</summary>
    public bool Equals(ServiceEndpoint? other) =>
        other is not null && WorkUid == other.WorkUid && Address == other.Address && Backends.SequenceEqual(other.Backends) && Peers.SequenceEqual(other.Peers) && Leaving.SequenceEqual(other.Leaving);

    public override int GetHashCode() => HashCode.Combine(WorkUid, Listen, Protocol);
}

/// <param name="Pod">The pod's name.</param>
/// <param name="Address">Its address and the port its container listens on.</param>
internal sealed record BackendAddress(string Pod, IPEndPoint Address);

/// <summary>Another node that offers the same port. What it gets from here, it gives to its own pods only: two hops at most.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Address">Where it offers the port.</param>
/// <param name="Weight">Its ready pods.</param>
internal sealed record PeerAddress(string Node, IPEndPoint Address, int Weight)
{
    /// <summary>False: it does not answer now and gets nothing; what comes from it still goes to own pods only.</summary>
    public bool IsUp { get; init; } = true;
}

/// <summary>A port that cannot be offered, or can again (<see cref="Problem"/> null).</summary>
internal sealed record ListenerState(string WorkUid, ServiceAddress Address, string? Problem);
