using System.Collections.Immutable;
using System.Net;

namespace MemberCluster.Agent.Services.Nftables;

/// <summary>Every address and port that a pod was a backend at, until its drain is over: by then it is a backend no more.</summary>
internal sealed class PodAddresses
{
    /// <summary>A pod that dies is never drained, so the oldest are forgotten; far more than one machine runs.</summary>
    private const int Most = 4096;

    private readonly Dictionary<string, ImmutableHashSet<IPEndPoint>> _addresses = [];
    private readonly Queue<string> _order = [];

    public void Learn(IEnumerable<ServiceEndpoint> endpoints)
    {
        foreach (var backend in endpoints.SelectMany(endpoint => endpoint.Backends))
        {
            if (!_addresses.TryGetValue(backend.Pod, out var known))
                _order.Enqueue(backend.Pod);
            _addresses[backend.Pod] = (known ?? []).Add(backend.Address);
        }

        while (_order.Count > Most)
            _addresses.Remove(_order.Dequeue());
    }

    public ImmutableHashSet<IPEndPoint> Of(string pod) => _addresses.GetValueOrDefault(pod, []);

    public void Forget(string pod) => _addresses.Remove(pod);
}
