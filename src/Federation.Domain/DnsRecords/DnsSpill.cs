using System.Collections.Immutable;
using Federation.Api.Apps;

namespace Federation.Domain.DnsRecords;

/// <summary>A region, a cluster or an entry of an order that has too few ready pods for all its clients, and how many of them it takes.</summary>
/// <param name="Who"><c>eu-west</c> for a region, <c>cluster eu-1</c>, or <c>others</c>: those that no entry of the order names.</param>
/// <param name="Ready">Pods that are ready, of those that clients are sent to.</param>
/// <param name="Wanted">Pods that should be.</param>
/// <param name="Share">The part of its clients that it takes, above 0 and below 1.</param>
public sealed record SpillVerdict(string Who, int Ready, int Wanted, double Share)
{
    /// <summary>Of a shared host whose apps hand on for themselves: whose pods they are, as <c>namespace/name</c>.</summary>
    public string? App { get; init; }
}

/// <summary>How much room there is for the clients of those that an answer chooses between (<c>dns.spillBelow</c>).</summary>
/// <remarks>
/// Whoever has at least the given percent of its wanted pods ready has room for all its clients; with less, for as large a part as it has of that: 1 of 5 pods at 50 percent are room for
/// 1 / (5 × 0.5) = 40 percent. So there is no threshold at which answers turn over, and nothing is remembered: name servers that see the same objects
/// come to the same parts. Who chooses between whom depends on the policy:
/// <code>
///   policy          between                          the rest goes to
///   RoundRobin      clusters                         the other clusters, as their parts are
///   Weighted        entries of weights               the other entries, as their weights and parts are; without entries ready pods are the weights anyway
///   Failover        entries of order                 the next entry
///   Geo, Latency    regions                          the next region from the client's
/// </code>
/// </remarks>
internal sealed class DnsSpill
{
    /// <summary>Room for everybody.</summary>
    public const long Full = 1L << 32;

    public const int DefaultBelow = 50;

    private const string Others = "others";
    private const long Unit = 1L << 20; // so that a weight of 1 can be parted

    private static readonly Dictionary<string, (int Ready, int Wanted, long Room)> NoGroups = [];

    private readonly DnsSpec _dns;
    private readonly Dictionary<string, (int Ready, int Wanted, long Room)> _groups = NoGroups;

    /// <param name="dns">The policy, and from which percent on.</param>
    /// <param name="candidates">Every cluster, also those without a ready pod: their pods are wanted.</param>
    /// <param name="able">The addresses of those that clients can be sent to.</param>
    /// <param name="standing">Theirs.</param>
    public DnsSpill(DnsSpec dns, ImmutableArray<DnsCandidate> candidates, ImmutableArray<WeighedAddress> able, Standing standing)
    {
        _dns = dns;

        // The usual case, and a zone has many apps: where each has enough, so have all together.
        var below = dns.SpillBelow ?? DefaultBelow;
        if (IsWeighedByPods || candidates.All(candidate => HasEnough(candidate.Standing == standing ? candidate.ReadyPods : 0, candidate.WantedPods, below)))
            return;
        var present = able.Select(address => KeyOf(address.Cluster, address.Region)).ToHashSet(StringComparer.Ordinal);
        _groups = candidates
            .GroupBy(candidate => KeyOf(candidate.Cluster, candidate.Region), StringComparer.Ordinal)
            .Where(group => present.Contains(group.Key))
            .ToDictionary(group => group.Key, group => Measure(group, standing, below), StringComparer.Ordinal);
        if (_groups.Count < 2)
            return;
        Verdicts =
        [
            .. _groups
                .Where(group => group.Value.Room < Full)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => new SpillVerdict(group.Key, group.Value.Ready, group.Value.Wanted, (double)group.Value.Room / Full)),
        ];
    }

    /// <summary>Those that take only a part of their clients. Empty where there is nobody else to take the rest.</summary>
    public ImmutableArray<SpillVerdict> Verdicts { get; } = [];

    private bool IsWeighedByPods => _dns is { Policy: DnsPolicy.Weighted, Weights.Count: 0 };

    /// <summary>How many of its clients a region takes, of <see cref="Full"/>; by policies that choose between regions.</summary>
    public long RoomOf(string region) =>
        _dns.Policy is DnsPolicy.Geo or DnsPolicy.Latency && !Verdicts.IsEmpty && _groups.TryGetValue(region, out var group) ? group.Room : Full;

    /// <summary>Addresses that share the answers, each with as much of its weight as there is room.</summary>
    /// <param name="addresses">Of all.</param>
    /// <param name="isWeighted">Their weights count; otherwise they are equals.</param>
    /// <returns>Null: as they are.</returns>
    public ImmutableArray<WeighedAddress>? Scale(ImmutableArray<WeighedAddress> addresses, bool isWeighted)
    {
        if (Verdicts.IsEmpty)
            return null;
        return [.. addresses.Select(address => address with
        {
            Weight = (long)Int128.Max(1, (Int128)(isWeighted ? address.Weight : Unit) * _groups[KeyOf(address.Cluster, address.Region)].Room / Full),
        })];
    }

    /// <summary>By policy Failover: who answers, the first one first. Only the last has room for all that come to it, or nobody has.</summary>
    public ImmutableArray<(long Room, ImmutableArray<WeighedAddress> Addresses)> Rungs(ImmutableArray<WeighedAddress> addresses)
    {
        var rungs = ImmutableArray.CreateBuilder<(long, ImmutableArray<WeighedAddress>)>();
        foreach (var rung in addresses.GroupBy(address => DnsOrder.RankOf(address.Cluster, address.Region, _dns.Order)).OrderBy(rung => rung.Key))
        {
            var first = rung.First();
            var room = Verdicts.IsEmpty ? Full : _groups[KeyOf(first.Cluster, first.Region)].Room;
            rungs.Add((room, [.. rung]));
            if (room == Full)
                break;
        }

        return rungs.ToImmutable();
    }

    private static (int Ready, int Wanted, long Room) Measure(IEnumerable<DnsCandidate> group, Standing standing, int below)
    {
        var ready = group.Where(candidate => candidate.Standing == standing).Sum(candidate => candidate.ReadyPods);
        var wanted = group.Sum(candidate => candidate.WantedPods);
        return (ready, wanted, HasEnough(ready, wanted, below) ? Full : (long)Int128.Max(1, (Int128)ready * 100 * Full / ((long)wanted * below)));
    }

    private static bool HasEnough(int ready, int wanted, int below) => ready * 100L >= (long)wanted * below;

    private string KeyOf(string cluster, string region) => _dns.Policy switch
    {
        DnsPolicy.Geo or DnsPolicy.Latency => region,
        DnsPolicy.Failover => DnsOrder.RankOf(cluster, region, _dns.Order) is var rank && rank < _dns.Order.Count ? Name(_dns.Order[rank].Cluster, _dns.Order[rank].Region) : Others,
        DnsPolicy.Weighted when _dns.Weights.Count > 0 => DnsWeights.EntryFor(cluster, region, _dns.Weights) is >= 0 and var entry ? Name(_dns.Weights[entry].Cluster, _dns.Weights[entry].Region) : Others,
        _ => Name(cluster, null),
    };

    private static string Name(string? cluster, string? region) => cluster is null ? region ?? "" : $"cluster {cluster}";
}
