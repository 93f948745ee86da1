using System.Collections.Immutable;
using Federation.Api.Apps;
using Federation.Api.Clusters;

namespace Federation.Domain.DnsRecords;

/// <summary>Turns the apps that share a host into its names, addresses and weights.</summary>
/// <remarks>
/// Pure and total. The owner's policy says which clusters answer, over all apps; the weights then share the clients out among the apps there, each app's part
/// going to its addresses as the policy has it. The shortest TTL of all counts: each app's bounds for how long anybody may hold an answer that names it. An app without a ready pod gets nothing while another has one, and so does one of weight 0.
/// </remarks>
public static class HostPlanner
{
    /// <param name="host">Relative to the federation's zone, or a whole name with a final dot, which has no names for its regions.</param>
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
        var weighed = able.Where(app => weights[app.Sharer.Name] > 0).Select(app => (app.Candidates, Parts: Weigh(app.Sharer, app.Candidates, standing, dns))).ToList();
        ImmutableArray<WeighedAddress> all = [.. weighed.SelectMany(app => app.Parts.Addresses)];

        // Regions and entries of an order have room for all apps together: a client goes to one of them, whatever app it gets there.
        var spill = new DnsSpill(dns, [.. weighed.SelectMany(app => app.Candidates)], all, standing);
        var rungs = DnsPlanner.RungsOf(dns, all, spill);
        ImmutableArray<WeighedAddress> answered = [.. rungs.SelectMany(rung => rung.Addresses)];
        var first = rungs.IsEmpty ? [] : rungs[0].Addresses;

        ImmutableArray<WeighedAddress> Balance(IEnumerable<WeighedAddress> addresses) =>
            DnsBalance.Share(addresses.GroupBy(address => address.App!, StringComparer.Ordinal).Select(app => ((IEnumerable<WeighedAddress>)app, (long)weights[app.Key])));

        PlannedName Name(string? region, ImmutableArray<WeighedAddress> addresses, long room) =>
            new(region is null || DnsNames.IsAbsolute(host) ? host : $"{host}.{region}", region, DnsNames.Merge(Balance(addresses)), [])
            {
                IsWeighted = true,
                Room = room,
                HostServices = ServicesOf([.. able.Select(app => app.Sharer).Where(sharer => addresses.Any(address => address.App == sharer.Name))], weights, region),
            };

        return new AppDnsPlan
        {
            App = sharers[0].App.Key,
            Policy = dns.Policy ?? DnsPolicy.RoundRobin,
            Ttl = sharers.Min(sharer => NameTtl.Of(sharer.App)),
            MaxAnswers = dns.MaxAnswers ?? 0,
            IsSticky = dns.Sticky == true,
            Names =
            [
                rungs.IsEmpty ? Name(null, [], DnsSpill.Full) : Name(null, rungs[0].Addresses, rungs[0].Room) with { Next = [.. rungs.Skip(1).Select(rung => Name(null, rung.Addresses, rung.Room))] },
                .. DnsNames.Regions(all).Select(region => Name(region.Key, [.. region], spill.RoomOf(region.Key))),
            ],
            Spills = SharesRegions(dns) ? spill.Verdicts : [.. weighed.SelectMany(app => app.Parts.Spills)],
            Clusters =
            [
                .. judged.SelectMany(app => app.Candidates.Select(candidate =>
                    candidate.Verdict(standing, Of(all, app.Sharer), Of(answered, app.Sharer), Of(first, app.Sharer)) with { App = app.Sharer.Name })),
            ],
            Sharers = [.. judged.Select(app => VerdictOn(app.Sharer, app.Candidates))],
        };

        SharerVerdict VerdictOn(HostSharer sharer, ImmutableArray<DnsCandidate> candidates)
        {
            var isAnswered = first.Any(address => address.App == sharer.Name);
            var total = able.Where(app => first.Any(address => address.App == app.Sharer.Name)).Sum(app => (long)weights[app.Sharer.Name]);
            var reason = isAnswered ? DnsReasons.Serving
                : candidates.All(candidate => candidate.Standing == Standing.Out) ? DnsReasons.NoReadyPod
                : sharer.Weight == 0 ? DnsReasons.WeightIsZero
                : answered.Any(address => address.App == sharer.Name) ? DnsReasons.TakesTheRest
                : DnsReasons.StandsBy;
            var share = isAnswered ? (double)weights[sharer.Name] / total : 0;
            return new SharerVerdict(sharer.Name, sharer.Weight, share, sharer == sharers[0], reason, Overruled(DnsNames.SpecOf(sharer.App), dns));
        }
    }

    private static ImmutableArray<WeighedAddress> Of(ImmutableArray<WeighedAddress> addresses, HostSharer sharer) => [.. addresses.Where(address => address.App == sharer.Name)];

    /// <summary>The addresses of one app as they share its part of the clients.</summary>
    private static (ImmutableArray<WeighedAddress> Addresses, ImmutableArray<SpillVerdict> Spills) Weigh(HostSharer sharer, ImmutableArray<DnsCandidate> candidates, Standing standing, DnsSpec dns)
    {
        var isWeighted = dns.Policy == DnsPolicy.Weighted;
        var weighed = DnsWeights.Weigh([.. candidates.Where(candidate => candidate.Standing == standing)], dns);
        var spill = new DnsSpill(dns, candidates, weighed, standing);
        var shared = (SharesRegions(dns) ? null : spill.Scale(weighed, isWeighted)) ?? (isWeighted ? weighed : [.. DnsBalance.Evenly(weighed)]);
        return ([.. shared.Select(address => address with { App = sharer.Name })], [.. spill.Verdicts.Select(verdict => verdict with { App = sharer.Name })]);
    }

    /// <summary>Clients are sent to a region, or to an entry of an order, before they are shared out among apps.</summary>
    private static bool SharesRegions(DnsSpec dns) => dns.Policy is DnsPolicy.Geo or DnsPolicy.Latency or DnsPolicy.Failover;

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
        if (own.MaxAnswers != owners.MaxAnswers)
            fields.Add("maxAnswers");
        if ((own.Sticky == true) != (owners.Sticky == true))
            fields.Add("sticky");
        if (!own.Weights.SequenceEqual(owners.Weights))
            fields.Add("weights");
        if ((own.SpillBelow ?? DnsSpill.DefaultBelow) != (owners.SpillBelow ?? DnsSpill.DefaultBelow))
            fields.Add("spillBelow");
        if (!own.Order.SequenceEqual(owners.Order))
            fields.Add("order");
        return fields.ToImmutable();
    }
}
