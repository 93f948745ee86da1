using System.Net;
using MemberCluster.Agent.Services;

namespace MemberCluster.Agent.PlaneHost;

/// <summary>What a test tells the host; answered by a <see cref="HostAnswer"/> with its number when it is done.</summary>
public sealed record HostOrder
{
    public int Number { get; init; }

    public IReadOnlyList<HostWork> Works { get; init; } = [];

    public bool Open { get; init; }

    /// <summary>Wait until what was told is in force.</summary>
    public bool Settle { get; init; }

    /// <summary>Drain this pod.</summary>
    public string? Drain { get; init; }

    public double DrainSeconds { get; init; }
}

public sealed record HostWork(string Uid, IReadOnlyList<HostEndpoint> Endpoints);

public sealed record HostEndpoint
{
    /// <summary>Address and port.</summary>
    public string Listen { get; init; } = "";

    public bool Udp { get; init; }

    /// <summary>Pod and where it listens.</summary>
    public IReadOnlyDictionary<string, string> Own { get; init; } = new Dictionary<string, string>();

    /// <summary>Pods of <see cref="Own"/> that stop.</summary>
    public IReadOnlyList<string> Leaving { get; init; } = [];

    /// <summary>Node and where it listens.</summary>
    public IReadOnlyDictionary<string, string> Peers { get; init; } = new Dictionary<string, string>();

    /// <summary>Of each peer.</summary>
    public int Weight { get; init; } = 1;

    private IEnumerable<BackendAddress> Backends => Own.Select(pod => new BackendAddress(pod.Key, IPEndPoint.Parse(pod.Value)));

    internal ServiceEndpoint ToEndpoint(string uid) => new(uid, IPEndPoint.Parse(Listen), [.. Backends.Where(pod => !Leaving.Contains(pod.Pod))])
    {
        Leaving = [.. Backends.Where(pod => Leaving.Contains(pod.Pod))],
        Protocol = Udp ? ServiceProtocol.Udp : ServiceProtocol.Tcp,
        Peers = [.. Peers.Select(peer => new PeerAddress(peer.Key, IPEndPoint.Parse(peer.Value), Weight))],
    };
}

/// <summary>An order that is done, or a port's state.</summary>
public sealed record HostAnswer
{
    public int? Done { get; init; }

    public string? Uid { get; init; }

    public string? Address { get; init; }

    /// <summary>Empty: there is none (any more).</summary>
    public string? Problem { get; init; }
}
