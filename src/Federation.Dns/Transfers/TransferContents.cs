using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Transfers;

/// <summary>Which records make up a transfer, in which order.</summary>
internal static class TransferContents
{
    /// <summary>The whole zone between its SOA and its SOA (RFC 5936 section 2.2).</summary>
    public static IEnumerable<ZoneRecord> Full(ZoneSnapshot zone) => ZoneContents.Of(zone).Append(Authority(zone));

    /// <summary>The SOA alone: the client has all of it (RFC 1995 section 2).</summary>
    public static IEnumerable<ZoneRecord> UpToDate(ZoneSnapshot zone) => [Authority(zone)];

    /// <summary>
    /// All changes as one step (RFC 1995 section 4 allows to condense them): the new SOA; the old one and what goes; the new one and what comes; the new one.
    /// </summary>
    /// <param name="zone">The newest version.</param>
    /// <param name="before">The one that the client has.</param>
    /// <param name="since">The serial under which it has it.</param>
    /// <param name="difference">Between the two.</param>
    public static IEnumerable<ZoneRecord> Incremental(ZoneSnapshot zone, ZoneSnapshot before, uint since, ZoneDifference difference)
    {
        var (was, becomes) = (Authority(before), Authority(zone));
        was = was with { Data = (StartOfAuthorityData)was.Data with { Serial = since } };
        return [becomes, was, .. difference.Deleted.Select(Record), becomes, .. difference.Added.Select(Record), becomes];
    }

    public static ZoneRecord Authority(ZoneSnapshot zone)
    {
        var soa = zone.ApexNode.Find(RecordType.Soa)!;
        return new ZoneRecord(zone.Apex, soa.Ttl, soa.Data().First());
    }

    private static ZoneRecord Record(WireRecord record) => new(record.Owner, record.Ttl, new OpaqueData(record.Type, record.Data));
}
