using System.Collections.Immutable;

namespace MemberCluster.Agent.Services;

/// <summary>Chooses a pod for each connection: the one with the fewest, and in turn among equals.</summary>
internal sealed class BackendPool
{
    private ImmutableArray<Backend> _backends = [];
    private int _turn = -1;

    public ImmutableArray<Backend> Backends => _backends;

    /// <summary>The new set; a pod that stays keeps its count.</summary>
    public void Update(ImmutableArray<Backend> backends) => ImmutableInterlocked.InterlockedExchange(ref _backends, backends);

    /// <summary>Null when every backend was tried, or there is none. The caller enters and leaves it.</summary>
    public Backend? Choose(IReadOnlyCollection<Backend> tried)
    {
        var backends = _backends;
        if (backends.IsEmpty)
            return null;
        var start = (int)((uint)Interlocked.Increment(ref _turn) % (uint)backends.Length);
        Backend? best = null;
        var fewest = int.MaxValue;
        for (var offset = 0; offset < backends.Length; offset++)
        {
            var candidate = backends[(start + offset) % backends.Length];
            var connections = candidate.Connections;
            if (connections >= fewest || tried.Contains(candidate))
                continue;
            best = candidate;
            fewest = connections;
        }

        return best;
    }
}
