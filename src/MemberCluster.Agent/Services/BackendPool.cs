using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Services;

/// <summary>Chooses a backend for each connection: the one with the fewest for its weight, and among equals each in turn, as often as its weight.</summary>
internal sealed class BackendPool
{
    private ImmutableArray<Backend> _backends = [];
    private ImmutableHashSet<IPAddress> _peers = [];
    private int _turn = -1;

    public ImmutableArray<Backend> Backends => _backends;

    /// <summary>The new set; a backend that stays keeps its count.</summary>
    /// <param name="backends">Where connections may go.</param>
    /// <param name="peers">Other nodes' addresses: what comes from one of them goes to own pods only.</param>
    public void Update(ImmutableArray<Backend> backends, ImmutableHashSet<IPAddress> peers)
    {
        ImmutableInterlocked.InterlockedExchange(ref _backends, backends);
        Volatile.Write(ref _peers, peers);
    }

    /// <summary>Null when every backend was tried, or there is none. The caller enters and leaves it.</summary>
    /// <param name="client">Who connects.</param>
    /// <param name="tried">Those that did not take the connection.</param>
    public Backend? Choose(IPAddress? client, IReadOnlyCollection<Backend> tried)
    {
        var backends = _backends;
        if (backends.IsEmpty)
            return null;
        var isFromPeer = client is not null && Volatile.Read(ref _peers).Contains(client);
        var turn = (uint)Interlocked.Increment(ref _turn);
        var start = StartOf(backends, turn);
        Backend? best = null;
        for (var offset = 0; offset < backends.Length; offset++)
        {
            var candidate = backends[(start + offset) % backends.Length];
            if ((isFromPeer ? candidate.IsPeer : candidate.IsLeaving) || tried.Contains(candidate))
                continue;
            // Only one that has fewer even with this connection: a smaller difference is left to the turn, which knows the weights.
            if (best is null || (candidate.Connections + 1L) * best.Weight < (long)best.Connections * candidate.Weight)
                best = candidate;
        }

        return best;
    }

    /// <summary>Whose turn it is: each has as many turns as its weight.</summary>
    private static int StartOf(ImmutableArray<Backend> backends, uint turn)
    {
        long total = 0;
        foreach (var backend in backends)
            total += backend.Weight;
        var place = turn % total;
        var index = 0;
        while (place >= backends[index].Weight)
            place -= backends[index++].Weight;
        return index;
    }
}
