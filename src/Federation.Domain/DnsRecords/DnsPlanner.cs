using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Pets;

namespace Federation.Domain.DnsRecords;

/// <summary>Turns one app and the clusters of its shares into names, addresses and weights.</summary>
/// <remarks>
/// Pure and total; its cost is linear in the app's shares. The rule for who answers, first row that has any cluster with an address:
/// <code>
///   standing      cluster Ready   share                     pods last seen ready
///   Serving       True            Active, more than 0       yes      also one that is Leaving while too few are ready elsewhere
///   Leaving       True            any other                 yes      also a cluster that is being deleted
///   Unreachable   not True        any                       yes
/// </code>
/// So an answer never names a cluster without a ready pod while another has one, what is about to stop is withdrawn first, and a control plane that
/// lost sight of every cluster goes on naming the last known addresses instead of taking every app off the net. With no row left the name has no
/// address: NODATA.
/// </remarks>
public static class DnsPlanner
{
    public const int DefaultTtl = 5;

    /// <summary>Plans the names of one app.</summary>
    /// <param name="app">The app, the daemon or the pet set, with its reported shares.</param>
    /// <param name="clusters">The clusters by name; those without a share are not looked at.</param>
    public static AppDnsPlan Plan(PlacedResource app, IReadOnlyDictionary<string, Cluster> clusters)
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentNullException.ThrowIfNull(clusters);

        var dns = DnsNames.SpecOf(app);
        var candidates = Judge(app, clusters);
        var standing = candidates.Select(candidate => candidate.Standing).DefaultIfEmpty(Standing.Out).Min();
        var chosen = standing == Standing.Out ? [] : candidates.Where(candidate => candidate.Standing == standing).ToImmutableArray();
        var addresses = DnsWeights.Weigh(chosen, dns);
        var spill = new DnsSpill(dns, candidates, addresses, standing);
        var rungs = RungsOf(dns, addresses, spill);
        var names = NamesOf(app, dns, addresses, rungs, spill);
        var pets = app is PetSet set && !names.IsEmpty ? PetNames.NamesOf(set, names[0].Host, clusters) : [];
        ImmutableArray<WeighedAddress> answered = [.. rungs.SelectMany(rung => rung.Addresses)];
        var first = rungs.IsEmpty ? [] : rungs[0].Addresses;
        return new AppDnsPlan
        {
            App = app.Key,
            Policy = dns.Policy ?? DnsPolicy.RoundRobin,
            Ttl = NameTtl.Of(app),
            MaxAnswers = dns.MaxAnswers ?? 0,
            IsSticky = dns.Sticky == true,
            Names = names,
            Pets = pets,
            PetServices = app is PetSet own && !names.IsEmpty ? PetNames.ServicesOf(own, names[0].Host, pets) : [],
            Clusters = [.. candidates.Select(candidate => candidate.Verdict(standing, addresses, answered, first))],
            Spills = spill.Verdicts,
        };
    }

    /// <summary>Each cluster of the app, sorted by name.</summary>
    internal static ImmutableArray<DnsCandidate> Judge(PlacedResource app, IReadOnlyDictionary<string, Cluster> clusters) =>
    [
        .. app.Shares
            .DistinctBy(share => share.Cluster, StringComparer.Ordinal)
            .OrderBy(share => share.Cluster, StringComparer.Ordinal)
            .Select(share => DnsCandidate.Judge(app, share, clusters.GetValueOrDefault(share.Cluster))),
    ];

    /// <summary>Who answers at the app's own name: by policy Failover one after the other, by any other all at once.</summary>
    internal static ImmutableArray<(long Room, ImmutableArray<WeighedAddress> Addresses)> RungsOf(DnsSpec dns, ImmutableArray<WeighedAddress> addresses, DnsSpill spill) =>
        dns.Policy == DnsPolicy.Failover ? spill.Rungs(addresses) : [(DnsSpill.Full, addresses)];

    private static ImmutableArray<PlannedName> NamesOf(
        PlacedResource app, DnsSpec dns, ImmutableArray<WeighedAddress> addresses, ImmutableArray<(long Room, ImmutableArray<WeighedAddress> Addresses)> rungs, DnsSpill spill)
    {
        if (DnsNames.HostOf(app) is not { } host)
            return [];
        var services = DnsNames.ServicesOf(app);
        var scaled = dns.Policy == DnsPolicy.Failover ? null : spill.Scale(addresses, dns.Policy == DnsPolicy.Weighted);
        ImmutableArray<PlannedName> own =
        [
            .. rungs.Select(rung => new PlannedName(host, null, DnsNames.Merge(scaled ?? rung.Addresses), services) { Room = rung.Room, IsWeighted = scaled is not null }),
        ];
        return
        [
            own.IsEmpty ? new PlannedName(host, null, [], services) : own[0] with { Next = own[1..] },
            .. DnsNames.Regions(addresses).Select(region =>
                new PlannedName($"{host}.{region.Key}", region.Key, DnsNames.Merge(region), services) { Room = spill.RoomOf(region.Key) }),
        ];
    }
}
