using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Clusters;

namespace Federation.Domain.DnsRecords;

/// <summary>Turns the apps that share a host into its names, addresses and weights.</summary>
/// <remarks>
/// Pure and total. The owner's policy says which clusters answer, over all apps; the weights then share the clients out among the apps there, each app's part
/// going to its addresses as the policy has it. An app without a ready pod gets nothing while another has one, and so does one of weight 0.
/// </remarks>
public static class HostPlanner
{
    /// <param name="host">Relative to the zone.</param>
    /// <param name="sharers">The owner first.</param>
    /// <param name="clusters">By name.</param>
    public static AppDnsPlan Plan(string host, ImmutableArray<HostSharer> sharers, IReadOnlyDictionary<string, Cluster> clusters)
    {
        ArgumentNullException.ThrowIfNull(clusters);
        if (sharers.IsEmpty)
            throw new ArgumentException("A host that nobody shares has no plan.", nameof(sharers));
        var dns = DnsNames.SpecOf(sharers[0].App);
        var judged = sharers.Select(sharer => (Sharer: sharer, Candidates: DnsPlanner.Judge(sharer.App, clusters))).ToList();
        var standing = judged.SelectMany(app => app.Candidates).Select(candidate => candidate.Standing).DefaultIfEmpty(Standing.Out).Min();
        var able = judged.Where(app => standing != Standing.Out && app.Candidates.Any(candidate => candidate.Standing == standing)).ToList();
        var isLastResort = able.TrueForAll(app => app.Sharer.Weight == 0);
        var weights = able.ToDictionary(app => app.Sharer.Name, app => isLastResort ? 1 : app.Sharer.Weight, StringComparer.Ordinal);
        ImmutableArray<WeighedAddress> all = [.. able.Where(app => weights[app.Sharer.Name] > 0).SelectMany(app => Weigh(app.Sharer, [.. app.Candidates.Where(candidate => candidate.Standing == standing)], dns))];
        var answered = DnsOrder.First(all, dns);

        ImmutableArray<WeighedAddress> Balance(IEnumerable<WeighedAddress> addresses) =>
            DnsBalance.Share(addresses.GroupBy(address => address.App!, StringComparer.Ordinal).Select(app => ((IEnumerable<WeighedAddress>)app, (long)weights[app.Key])));

        PlannedName Name(string? region, ImmutableArray<WeighedAddress> addresses) =>
            new(region is null ? host : $"{host}.{region}", region, DnsNames.Merge(Balance(addresses)), [])
            {
                IsWeighted = true,
                HostServices = ServicesOf([.. able.Select(app => app.Sharer).Where(sharer => addresses.Any(address => address.App == sharer.Name))], weights, region),
            };

        return new AppDnsPlan
        {
            App = sharers[0].App.Key,
            Policy = dns.Policy ?? DnsPolicy.RoundRobin,
            Ttl = dns.Ttl ?? DnsPlanner.DefaultTtl,
            MaxAnswers = dns.MaxAnswers ?? 0,
            IsSticky = dns.Sticky == true,
            Names = [Name(null, answered), .. DnsNames.Regions(all).Select(region => Name(region.Key, [.. region]))],
            Clusters =
            [
                .. judged.SelectMany(app => app.Candidates.Select(candidate =>
                    candidate.Verdict(standing, Of(all, app.Sharer), Of(answered, app.Sharer)) with { App = app.Sharer.Name })),
            ],
            Sharers = [.. judged.Select(app => VerdictOn(app.Sharer, app.Candidates))],
        };

        SharerVerdict VerdictOn(HostSharer sharer, ImmutableArray<DnsCandidate> candidates)
        {
            var isAnswered = answered.Any(address => address.App == sharer.Name);
            var total = able.Where(app => answered.Any(address => address.App == app.Sharer.Name)).Sum(app => (long)weights[app.Sharer.Name]);
            var reason = isAnswered ? DnsReasons.Serving
                : candidates.All(candidate => candidate.Standing == Standing.Out) ? DnsReasons.NoReadyPod
                : sharer.Weight == 0 ? DnsReasons.WeightIsZero
                : DnsReasons.StandsBy;
            var share = isAnswered ? (double)weights[sharer.Name] / total : 0;
            return new SharerVerdict(sharer.Name, sharer.Weight, share, sharer == sharers[0], reason, Overruled(DnsNames.SpecOf(sharer.App), dns));
        }
    }

    private static ImmutableArray<WeighedAddress> Of(ImmutableArray<WeighedAddress> addresses, HostSharer sharer) => [.. addresses.Where(address => address.App == sharer.Name)];

    private static IEnumerable<WeighedAddress> Weigh(HostSharer sharer, ImmutableArray<DnsCandidate> chosen, DnsSpec dns)
    {
        IEnumerable<WeighedAddress> weighed = DnsWeights.Weigh(chosen, dns);
        return (dns.Policy == DnsPolicy.Weighted ? weighed : DnsBalance.Evenly(weighed)).Select(address => address with { App = sharer.Name });
    }

    /// <summary>Each app under its own name and with its own port: an SRV record says both, which an address cannot.</summary>
    private static ImmutableArray<PlannedHostService> ServicesOf(ImmutableArray<HostSharer> sharers, Dictionary<string, int> weights, string? region) =>
    [
        .. from sharer in sharers
           let own = DnsNames.HostOf(sharer.App)
           where own is not null
           from service in DnsNames.ServicesOf(sharer.App)
           group (region is null ? own : $"{own}.{region}", service.Port, weights[sharer.Name]) by (service.Name, service.IsUdp) into same
           select new PlannedHostService(same.Key.Name, same.Key.IsUdp, [.. same]),
    ];

    private static ImmutableArray<string> Overruled(DnsSpec own, DnsSpec owners)
    {
        var fields = ImmutableArray.CreateBuilder<string>();
        if ((own.Policy ?? DnsPolicy.RoundRobin) != (owners.Policy ?? DnsPolicy.RoundRobin))
            fields.Add("policy");
        if ((own.Ttl ?? DnsPlanner.DefaultTtl) != (owners.Ttl ?? DnsPlanner.DefaultTtl))
            fields.Add("ttl");
        if (own.MaxAnswers != owners.MaxAnswers)
            fields.Add("maxAnswers");
        if ((own.Sticky == true) != (owners.Sticky == true))
            fields.Add("sticky");
        if (!own.Weights.SequenceEqual(owners.Weights))
            fields.Add("weights");
        if (!own.Order.SequenceEqual(owners.Order))
            fields.Add("order");
        return fields.ToImmutable();
    }
}
