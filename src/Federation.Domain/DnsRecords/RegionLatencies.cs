using System.Collections.Immutable;
using Federation.Api.Clusters;

namespace Federation.Domain.DnsRecords;

/// <summary>How far regions are from each other, as their clusters measure it. Immutable.</summary>
/// <remarks>Of several clusters of a region the nearest one counts; a direction that nobody measured is taken for as long as the opposite one.</remarks>
public sealed class RegionLatencies
{
    private readonly Dictionary<(string From, string To), double> _milliseconds = [];

    /// <param name="clusters">Those that are gone say nothing; those that are not heard, what they said last.</param>
    public RegionLatencies(IEnumerable<Cluster> clusters)
    {
        foreach (var cluster in clusters)
        {
            foreach (var latency in cluster.Status.Latencies.Where(latency => latency.Region != cluster.Spec.Region))
            {
                var way = (cluster.Spec.Region, latency.Region);
                _milliseconds[way] = _milliseconds.TryGetValue(way, out var known) ? Math.Min(known, latency.Milliseconds) : latency.Milliseconds;
            }
        }
    }

    public static RegionLatencies Unknown { get; } = new([]);

    /// <summary>Null: not known. 0: the same region.</summary>
    public double? Between(string from, string to) =>
        from == to ? 0
        : _milliseconds.TryGetValue((from, to), out var there) ? there
        : _milliseconds.TryGetValue((to, from), out var back) ? back
        : null;

    /// <summary>The region itself, those that were measured from it, nearest first, then all others as they stand in for it without that.</summary>
    public ImmutableArray<string> Order(string region, Geography geography)
    {
        var measured = _milliseconds.Keys.SelectMany(way => (string[])[way.From, way.To])
            .Distinct()
            .Where(other => other != region)
            .Select(other => (Region: other, Time: Between(region, other)))
            .Where(other => other.Time is not null)
            .OrderBy(other => other.Time)
            .ThenBy(other => other.Region, StringComparer.Ordinal)
            .Select(other => other.Region);
        return [.. geography.Order(region).Take(1).Concat(measured).Concat(geography.Order(region).Skip(1)).Distinct()];
    }
}
