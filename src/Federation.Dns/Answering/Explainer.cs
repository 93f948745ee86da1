using System.Collections.Immutable;
using System.Net;
using Federation.Api.Apps;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Answering;

/// <summary>Explains an answer. It is decided by the same code as a real one.</summary>
internal static class Explainer
{
    /// <param name="name">Asked for.</param>
    /// <param name="type">Asked for.</param>
    /// <param name="state">The zone.</param>
    /// <param name="places">Where clients are.</param>
    /// <param name="client">Who asks; null: nobody in particular.</param>
    /// <param name="signers">The zones that have keys; null: none has.</param>
    public static AnswerExplanation Explain(DnsName name, RecordType type, ZoneState state, PlaceState places, ClientAddress? client, ZoneSigners? signers = null)
    {
        var zones = state.Current;
        var query = new Query { NameLength = name.Length, NameHash = name.Hash, Type = type, Class = RecordClass.Internet, Client = client ?? default, Places = places.Current, Signers = signers };
        var decision = Decider.Decide(query, name.Wire, state.Apex, zones);
        var zone = decision.Zone ?? zones?.Main;
        var plan = decision.Node?.Origin?.Plan;
        var region = plan?.Policy is DnsPolicy.Geo or DnsPolicy.Latency && client is { } known ? places.Numbers.NameOf(places.Current.Find(known).Place) : null;
        return new AnswerExplanation
        {
            Name = name.ToString(),
            Type = type.ToMnemonic(),
            ResponseCode = decision.Code.ToMnemonic(),
            Summary = Summarize(name, decision, state, region, places) + (zones?.RefusedHosts.GetValueOrDefault(name) is { } refused ? $" {refused}" : ""),
            Zone = (zone?.Apex ?? state.Apex).ToString(),
            Serial = zone?.Serial ?? 0,
            Revision = zone?.Revision ?? 0,
            StaleSeconds = state.Staleness.TotalSeconds,
            App = plan is null ? null : $"{plan.App.Namespace}/{plan.App.Name}",
            AnsweredAs = decision.Node?.Name.ToString(),
            Policy = plan?.Policy.ToString() ?? decision.Answer?.Order.ToString(),
            From = client?.ToIPAddress().ToString(),
            ClientRegion = region,
            Distances = plan?.Policy == DnsPolicy.Latency && region is not null ? DistancesFrom(region, plan, places) : [],
            ScopeBits = decision.ScopeBits,
            Ttl = decision.Answer?.Ttl,
            RecordsPerAnswer = decision.Answer?.Count ?? 0,
            Records = RecordsOf(decision),
            Clusters = plan?.Clusters ?? [],
            Sharers = plan?.Sharers ?? [],
            Spills = plan?.Spills ?? [],
            LeftOut = decision.Node?.LeftOut,
        };
    }

    private static string Summarize(DnsName name, in Decision decision, ZoneState state, string? clientRegion, PlaceState places)
    {
        if (decision.Answer is { } answer)
        {
            var source = answer.IsStatic ? $" They come from Zone {decision.Zone?.Object}." : "";
            var alias = answer.Alias is { } target ? $" It is an alias of {target}" : "";
            return $"{name} is answered with {answer.Count} of {RecordCount(answer)} records.{source}{alias}{WhoShares(decision.Node!)}{WhyElsewhere(name, decision.Node!, clientRegion, places)}{WhoSpills(decision.Node!)}";
        }

        if (decision.Delegation is not null)
            return $"{decision.Node!.Name} is a zone of its own, served by others: who asks is sent to its name servers.";
        if (decision.Zone is not null && decision.Node is { } node)
        {
            return node switch
            {
                { Origin.Name.Addresses.IsEmpty: true } => $"{name} exists, but no cluster has a ready pod to send clients to (NODATA).",
                { IsOwned: false } => $"{name} only exists because names below it do; it has no data of its own (NODATA).",
                _ => $"{name} exists, but has no data of this type (NODATA).",
            };
        }

        return decision.Code switch
        {
            ResponseCode.NameError => $"{name} does not exist: no app exposes it, and nothing lies below it.",
            ResponseCode.ServerFailure => "No version of the zone is loaded yet.",
            ResponseCode.Refused => $"{name} is not answered here: this server answers for {Served(state)} and gives no transfers.",
            _ => $"A query like this is answered with {decision.Code.ToMnemonic()}.",
        };
    }

    private static ImmutableArray<ExplainedDistance> DistancesFrom(string region, AppDnsPlan plan, PlaceState places) =>
    [
        .. places.Latencies.Order(region, places.Geography)
            .Where(other => plan.Names.Any(name => name.Region == other))
            .Select(other => new ExplainedDistance(other, places.Latencies.Between(region, other))),
    ];

    private static string WhoShares(ZoneNode node) => node.Origin?.Plan.Sharers is { IsEmpty: false } sharers
        ? $" {sharers.Length} app{(sharers.Length == 1 ? "" : "s")} share{(sharers.Length == 1 ? "s" : "")} the host by weight; the policy is that of {sharers[0].App}, which owns it."
        : "";

    private static string WhyElsewhere(DnsName name, ZoneNode node, string? clientRegion, PlaceState places) => (node.Name.Equals(name) && !IsOneOfARegion(node), clientRegion) switch
    {
        (true, _) => "",
        (false, { } region) when node.Origin?.Name.Region == region => $" The client is in {region}.",
        (false, { } region) when node.Origin?.Plan.Spills.Any(spill => spill.Who == region) == true =>
            $" The client is in {region}, among those that it has no room for, and {node.Origin.Name.Region} is the next region that has{Distance(node, region, places)}.",
        (false, { } region) => $" The client is in {region}, and {node.Origin?.Name.Region} is the nearest region with a healthy address{Distance(node, region, places)}.",
        _ when node.Name.Wire.StartsWith("\u0001*"u8) => $" The wildcard {node.Name} stands in for it.",
        _ => $" Its region has no healthy address, so it is answered like {node.Name}",
    };

    /// <summary>A whole name has the same name in every region.</summary>
    private static bool IsOneOfARegion(ZoneNode node) => node.Origin is { Name: { Region: not null, Host: var host } } && DnsNames.IsAbsolute(host);

    private static string Distance(ZoneNode node, string from, PlaceState places) =>
        node.Policy == DnsPolicy.Latency && node.Origin?.Name.Region is { } to && places.Latencies.Between(from, to) is { } milliseconds
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $", {milliseconds:0.#} ms away")
            : "";

    /// <summary>Which part of their clients those take that are short of pods, and whether this is an answer for the others.</summary>
    private static string WhoSpills(ZoneNode node)
    {
        if (node.Origin is not { } origin || (origin.Name.Region is not null && origin.Plan.Policy is not (DnsPolicy.Geo or DnsPolicy.Latency)))
            return "";
        var elsewhere = origin.Plan.Names[0].Next.Contains(origin.Name) ? " The client is one of those that others before have no room for." : "";
        return elsewhere + string.Concat(origin.Plan.Spills.Select(spill => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $" {spill.Who} takes {spill.Share * 100:0.#} % of its clients{(spill.App is null ? "" : $" of {spill.App}")}: {spill.Ready} of {spill.Wanted} pods are ready.")));
    }

    private static string Served(ZoneState state) =>
        state.Current is { } zones ? string.Join(", ", zones.All.Select(zone => zone.Apex)) : state.Apex.ToString();

    private static int RecordCount(PreparedAnswer answer) => answer.Source?.Records.Length ?? answer.Rotated().Count();

    private static ImmutableArray<ExplainedRecord> RecordsOf(in Decision decision)
    {
        if (decision.Answer is not { } answer)
            return [];
        if (answer.Source is { } source)
            return [.. source.Records.Select((record, index) => new ExplainedRecord(RecordText.Format(record), index == 0 ? 1 : 0, []))];

        var origin = decision.Node?.Origin;
        var rotated = answer.Rotated().ToArray();
        double total = rotated.Sum(record => (long)record.Weight);
        return
        [
            .. rotated.Select(record =>
            {
                var address = new IPAddress(record.Data.Span);
                var planned = origin?.Find(address);
                return new ExplainedRecord(address.ToString(), record.Weight / total, planned?.Clusters ?? []) { Apps = planned?.Apps ?? [] };
            }),
        ];
    }
}
