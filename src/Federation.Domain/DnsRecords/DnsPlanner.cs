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
///   Serving       True            Active, more than 0       yes
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

        var dns = app.Exposed.FirstOrDefault(expose => expose.Dns is not null)?.Dns ?? new DnsSpec();
        var candidates = app.Shares
            .DistinctBy(share => share.Cluster, StringComparer.Ordinal)
            .OrderBy(share => share.Cluster, StringComparer.Ordinal)
            .Select(share => DnsCandidate.Judge(app, share, clusters.GetValueOrDefault(share.Cluster)))
            .ToImmutableArray();
        var standing = candidates.Select(candidate => candidate.Standing).DefaultIfEmpty(Standing.Out).Min();
        var chosen = standing == Standing.Out ? [] : candidates.Where(candidate => candidate.Standing == standing).ToImmutableArray();
        var addresses = DnsWeights.Weigh(chosen, dns);
        var answered = DnsOrder.First(addresses, dns);
        var names = NamesOf(app, addresses, answered);
        var pets = app is PetSet set && !names.IsEmpty ? PetNames.NamesOf(set, names[0].Host, clusters) : [];
        return new AppDnsPlan
        {
            App = app.Key,
            Policy = dns.Policy ?? DnsPolicy.RoundRobin,
            Ttl = dns.Ttl ?? DefaultTtl,
            MaxAnswers = dns.MaxAnswers ?? 0,
            IsSticky = dns.Sticky == true,
            Names = names,
            Pets = pets,
            PetServices = app is PetSet own && !names.IsEmpty ? PetNames.ServicesOf(own, names[0].Host, pets) : [],
            Clusters = [.. candidates.Select(candidate => candidate.Verdict(standing, addresses, answered))],
        };
    }

    private static ImmutableArray<PlannedName> NamesOf(PlacedResource app, ImmutableArray<WeighedAddress> addresses, ImmutableArray<WeighedAddress> answered)
    {
        if (app.Exposed.Count == 0 || !DnsLabel.IsValid(app.Metadata.Name) || !DnsLabel.IsValid(app.Metadata.Namespace))
            return [];

        var host = $"{app.Metadata.Name}.{app.Metadata.Namespace}.svc";
        var services = SharedPorts(app)
            .Select(expose => new PlannedService(expose.Name ?? $"port-{expose.Port}", expose.Port, expose.Protocol == "UDP"))
            .Where(service => DnsLabel.IsValid(service.Name) && service.Port is > 0 and <= ushort.MaxValue)
            .DistinctBy(service => service.Name, StringComparer.Ordinal)
            .ToImmutableArray();

        // A region without a healthy address has no name of its own here: the zone then answers its regional name like the nearest one's, or like the global one.
        var regional = addresses
            .Where(address => DnsLabel.IsValid(address.Region))
            .GroupBy(address => address.Region, StringComparer.Ordinal)
            .OrderBy(region => region.Key, StringComparer.Ordinal)
            .Select(region => new PlannedName($"{host}.{region.Key}", region.Key, Merge(region), services));
        return [new PlannedName(host, null, Merge(answered), services), .. regional];
    }

    /// <summary>Those that lead to all ready pods. A port that each pet has for itself is a service of its own sort.</summary>
    private static IEnumerable<ExposeSpec> SharedPorts(PlacedResource app) =>
        app is PetSet set ? set.Spec.Expose.Where(expose => expose.PerPet != true).Select(expose => expose.ToExpose()) : app.Exposed;

    /// <summary>Each address once (a record set is a set, RFC 2181 section 5): clusters behind one address add their weights.</summary>
    private static ImmutableArray<PlannedAddress> Merge(IEnumerable<WeighedAddress> addresses) =>
    [
        .. addresses
            .GroupBy(address => address.Address)
            .Select(same => new PlannedAddress(same.Key, same.Sum(address => address.Weight), [.. same.Select(address => address.Cluster)])),
    ];
}
