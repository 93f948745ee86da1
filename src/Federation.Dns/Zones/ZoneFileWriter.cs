using System.Globalization;
using System.Text;
using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>Writes a zone version as a zone file that other name servers read (RFC 1035 section 5).</summary>
internal static class ZoneFileWriter
{
    public static string Write(ZoneSnapshot zone)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"; {zone.Apex} serial {zone.Serial}\n$ORIGIN {zone.Apex}\n");
        foreach (var record in ZoneContents.Of(zone))
            text.Append(CultureInfo.InvariantCulture, $"{Relative(record.Owner, zone.Apex)} {record.Ttl} IN {record.Data.Type.ToMnemonic()} {RecordText.Format(record.Data)}\n");
        return text.ToString();
    }

    private static string Relative(DnsName name, DnsName apex)
    {
        if (name.Equals(apex))
            return "@";
        var (whole, tail) = (name.ToString(), apex.ToString());
        return name.IsAtOrBelow(apex) ? whole[..(whole.Length - tail.Length - 1)] : whole;
    }
}
