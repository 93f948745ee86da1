using Federation.Dns.Zones;

namespace Federation.Dns.Wire;

/// <summary>One record as the wire has it, names uncompressed and in lower case: equal records are equal values, whoever wrote them.</summary>
/// <param name="Data">In hexadecimal digits, upper case.</param>
internal sealed record WireRecord(DnsName Owner, RecordType Type, uint Ttl, string Data)
{
    /// <summary>What tells records of one name apart where a TTL does not count (RFC 2136 section 1.1.1).</summary>
    public (RecordType Type, string Data) Identity => (Type, Data);

    public static WireRecord From(ZoneRecord record)
    {
        var writer = new RecordWriter(DnsName.Root, compressesData: false);
        record.Data.Write(writer);
        return new WireRecord(record.Owner, record.Data.Type, record.Ttl, Convert.ToHexString(writer.ToArray()));
    }

    public static WireRecord From(DnsName owner, uint ttl, RecordData data) => From(new ZoneRecord(owner, ttl, data));
}
