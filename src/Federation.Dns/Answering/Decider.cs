using Federation.Api.Apps;
using Federation.Dns.Places;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Decides the answer to a query that could be read. Allocates nothing.</summary>
internal static class Decider
{
    /// <param name="query">The query; its <see cref="Query.Audience"/> is whom the answer is for.</param>
    /// <param name="name">Its name, in lower case and wire form.</param>
    /// <param name="main">The federation's zone, known before it is loaded.</param>
    /// <param name="zones">The newest versions; null before the first ones are loaded.</param>
    public static Decision Decide(in Query query, ReadOnlySpan<byte> name, DnsName main, ServedZones? zones)
    {
        if (query.Edns is { IsPresent: true, Version: not 0 })
            return Decision.Error(ResponseCode.BadVersion);
        if (!query.HasQuestion)
            return Decision.Empty; // Asked for a cookie alone (RFC 7873 section 5.4).
        if (query.Type is RecordType.Opt or RecordType.Nxname)
            return Decision.Error(ResponseCode.FormatError);
        if (query.Class == RecordClass.Chaos && query.Identity?.Find(name, query.Type) is { } said)
            return Decision.Said(said);
        if (query.Class != RecordClass.Internet || query.Type is RecordType.Axfr or RecordType.Ixfr)
            return Decision.Error(ResponseCode.Refused);

        // Without data a name that may well exist must not be denied; a resolver asks another server after SERVFAIL.
        if (zones is null)
            return Decision.Error(IsInside(name, main) ? ResponseCode.ServerFailure : ResponseCode.Refused);
        return zones.Find(name, query.Type) is { } zone ? DecideIn(zone, name, query.NameHash, query) : Decision.Error(ResponseCode.Refused);
    }

    /// <summary>Goes on where an alias leads; only inside its own zone, for what lies elsewhere a resolver asks itself (RFC 1034 section 4.3.2).</summary>
    /// <returns>Null: it leads out of the zone.</returns>
    public static Decision? Follow(DnsName target, in Query query, ZoneSnapshot zone) =>
        zone.Contains(target.Wire) ? DecideIn(zone, target.Wire, target.Hash, query) : null;

    private static Decision DecideIn(ZoneSnapshot zone, ReadOnlySpan<byte> name, uint hash, in Query query)
    {
        var match = zone.Match(name, hash, query.Type);
        if (match.Node is not { } node)
            return zone.Contains(name) ? Decision.NameError(zone) : Decision.Error(ResponseCode.Refused);
        if (match.IsDelegated)
            return Decision.Referral(node, zone);

        var scope = 0;
        if (node.IsGeo && query.Places is { } places)
        {
            (var place, scope) = places.Find(query.Audience);
            if (place != AddressMap.None)
            {
                var point = new ClientPoint(query.Audience, node.Name);
                node = (node.Policy == DnsPolicy.Latency ? zone.LatencyOrders : zone.Orders).Nearest(node, place, query.Type == RecordType.Any ? RecordType.None : query.Type, ref point) ?? node;
                if (point.IsUsed)
                    scope = Math.Max(scope, PreparedAnswer.StickyBits(query.Audience));
            }
        }
        else if (node.Next.Length > 0)
        {
            var point = new ClientPoint(query.Audience, node.Name);
            node = point.ChooseFrom(node);
            if (point.IsUsed)
                scope = PreparedAnswer.StickyBits(query.Audience);
        }

        // ANY gets one record set of those there are (RFC 8482 section 4.1): enough for who is curious, no gain for who amplifies.
        var answer = query.Type == RecordType.Any
            ? node.Answers.FirstOrNull()
            : node.Find(query.Type) ?? FindKeys(query, node, zone) ?? (IsBesideAlias(query.Type) ? null : node.Find(RecordType.Cname));
        if (answer is null)
            return Decision.NoData(node, zone) with { ScopeBits = (byte)scope };
        if (answer.IsSticky)
            scope = Math.Max(scope, PreparedAnswer.StickyBits(query.Audience));
        return Decision.Found(node, answer, zone) with { ScopeBits = (byte)scope };
    }

    /// <summary>What a signed zone has of its keys at its top.</summary>
    private static PreparedAnswer? FindKeys(in Query query, ZoneNode node, ZoneSnapshot zone) =>
        node.Name.Equals(zone.Apex) ? query.Signers?.Find(zone.Apex)?.Find(query.Type) : null;

    private static bool IsInside(ReadOnlySpan<byte> name, DnsName apex) =>
        name.EndsWith(apex.Wire) && DnsName.IsLabelStart(name, name.Length - apex.Length);

    /// <summary>What an alias has of its own in a signed zone (RFC 2181 section 10.1): it is asked of the alias, not of where it leads.</summary>
    private static bool IsBesideAlias(RecordType type) => type is RecordType.Rrsig or RecordType.Nsec;

    private static PreparedAnswer? FirstOrNull(this PreparedAnswer[] answers) => answers.Length == 0 ? null : answers[0];
}
