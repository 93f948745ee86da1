using System.Collections.Immutable;
using Federation.Domain.DnsRecords;

namespace Federation.Domain.Scheduling;

/// <summary>What a placed object is planned from, besides the object itself.</summary>
/// <param name="Now">The time of the plan; planners have no clock.</param>
/// <param name="Clusters">Every cluster that exists; best sorted by name (ordinal), which saves the planner the sorting.</param>
public sealed record PlacementObserved(DateTimeOffset Now, ImmutableArray<ClusterSnapshot> Clusters)
{
    /// <summary>Who may have which whole name (<c>dns.hosts</c>).</summary>
    public HostGrants Hosts { get; init; } = HostGrants.None;

    /// <summary>The same with one cluster's free amounts replaced: a reservation was refused, and this is what the cluster said it has.</summary>
    public PlacementObserved WithFree(string cluster, ResourceAmounts free) =>
        this with { Clusters = [.. Clusters.Select(snapshot => snapshot.Name == cluster ? snapshot with { Free = free } : snapshot)] };

    internal ImmutableArray<ClusterSnapshot> SortedClusters()
    {
        for (var i = 1; i < Clusters.Length; i++)
        {
            if (string.CompareOrdinal(Clusters[i - 1].Name, Clusters[i].Name) >= 0)
                return [.. Clusters.DistinctBy(cluster => cluster.Name).OrderBy(cluster => cluster.Name, StringComparer.Ordinal)];
        }

        return Clusters;
    }
}
