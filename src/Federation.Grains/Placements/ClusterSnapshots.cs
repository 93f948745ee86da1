using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Domain.DnsRecords;
using Federation.Domain.Scheduling;
using Federation.Storage.Cache;

namespace Federation.Grains.Placements;

/// <summary>Every cluster as planners see it, and whose which name may be. A version of a Cluster is read once and shared by all plans.</summary>
internal sealed class ClusterSnapshots(IObjectCache cache, PlacementIndex placements, HostGrantReader hosts)
{
    private readonly Lock _lock = new();
    private Dictionary<string, (CachedObject Version, ClusterSnapshot Snapshot)> _known = [];

    public PlacementObserved Observe(PlacedResource placed, DateTimeOffset now)
    {
        var own = placements.Find(placed.Key);
        var allocated = placements.Allocated();
        var clusters = ImmutableArray.CreateBuilder<ClusterSnapshot>();
        foreach (var snapshot in Read())
        {
            var taken = allocated.GetValueOrDefault(snapshot.Name) - (own?.Pod ?? default) * (own?.ShareOn(snapshot.Name)?.Replicas ?? 0);
            clusters.Add(taken == default ? snapshot : snapshot with { Free = snapshot.Free.Less(taken.ToAmounts()) });
        }

        return new PlacementObserved(now, clusters.ToImmutable()) { Hosts = HostConditions.WholeNamesOf(placed).Any() ? hosts.Read() : HostGrants.None };
    }

    /// <returns>Sorted by name, with their whole capacity as free.</returns>
    private List<ClusterSnapshot> Read()
    {
        var list = cache.List(Cluster.KindName);
        var snapshots = new List<ClusterSnapshot>(list.Count);
        lock (_lock)
        {
            var current = new Dictionary<string, (CachedObject, ClusterSnapshot)>(list.Count);
            foreach (var cached in list)
            {
                var snapshot = _known.TryGetValue(cached.Key.Name, out var known) && ReferenceEquals(known.Version, cached)
                    ? known.Snapshot
                    : ClusterSnapshot.From((Cluster)Kinds.Cluster.ReadStored(cached.Json.Span, cached.Revision), allocatedToOthers: default);
                current[cached.Key.Name] = (cached, snapshot);
                snapshots.Add(snapshot);
            }

            _known = current;
        }

        return snapshots;
    }
}
