using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Federation.Api.Zones.Files;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones.Static;

/// <summary>From a checked record of a zone file to its data.</summary>
internal static class StaticRecord
{
    public static RecordData Read(ZoneFileRecord record)
    {
        var data = record.Data;
        return record.Type switch
        {
            "A" or "AAAA" => new AddressData(IPAddress.Parse(data[0])),
            "NS" => new NameServerData(DnsName.Parse(data[0])),
            "CNAME" => new AliasData(DnsName.Parse(data[0])),
            "PTR" => new PointerData(DnsName.Parse(data[0])),
            "MX" => new MailData(Short(data[0]), DnsName.Parse(data[1])),
            "TXT" => new TextData(data),
            "SRV" => new ServiceData(Short(data[0]), Short(data[1]), Short(data[2]), DnsName.Parse(data[3])),
            "CAA" => new CertificationData(Byte(data[0]), data[1], data[2]),
            "DS" => new DelegationSignerData(Short(data[0]), Byte(data[1]), Byte(data[2]), data[3]),
            "SOA" => Authority(data),
            _ => new OpaqueData(RecordTypeText.TryParse(record.Type, out var type) ? type : RecordType.None, data[0]),
        };
    }

    private static StartOfAuthorityData Authority(ImmutableArray<string> data) =>
        new(DnsName.Parse(data[0]), DnsName.Parse(data[1]), Int(data[2]), Int(data[3]), Int(data[4]), Int(data[5]), Int(data[6]));

    private static byte Byte(string text) => byte.Parse(text, CultureInfo.InvariantCulture);

    private static ushort Short(string text) => ushort.Parse(text, CultureInfo.InvariantCulture);

    private static uint Int(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
