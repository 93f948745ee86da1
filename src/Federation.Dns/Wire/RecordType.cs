using System.Globalization;

namespace Federation.Dns.Wire;

/// <summary>Resource record types and query types, by their numbers in the IANA registry.</summary>
/// <remarks>A query may carry any 16-bit value; one that is not listed here is valid and finds no data.</remarks>
public enum RecordType : ushort
{
    None = 0,
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Ptr = 12,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Opt = 41,
    Ds = 43,
    Rrsig = 46,
    Nsec = 47,
    Dnskey = 48,
    Cds = 59,
    Cdnskey = 60,

    /// <summary>Says in an NSEC record that the name does not exist (RFC 9824); never asked for.</summary>
    Nxname = 128,
    Tsig = 250,
    Ixfr = 251,
    Axfr = 252,
    Any = 255,
    Caa = 257,
}

/// <summary>Record classes (RFC 1035 section 3.2.4). Zones are of <see cref="Internet"/>; in <see cref="Chaos"/> a server is asked about itself.</summary>
public enum RecordClass : ushort
{
    None = 0,
    Internet = 1,
    Chaos = 3,

    /// <summary>In an update: the record does not exist, or is to be deleted (RFC 2136 section 1.3).</summary>
    Nobody = 254,

    /// <summary>In a query all classes; in an update a whole set; of a signature its only one.</summary>
    Any = 255,
}

/// <summary>The types as tools write them.</summary>
public static class RecordTypeText
{
    public static string ToMnemonic(this RecordType type) => Enum.IsDefined(type) ? type.ToString().ToUpperInvariant() : $"TYPE{(int)type}";

    /// <summary>Reads <c>A</c>, <c>aaaa</c> or <c>TYPE65</c> (RFC 3597 section 5).</summary>
    public static bool TryParse(string? text, out RecordType type)
    {
        type = RecordType.None;
        if (text is null || text.Length == 0)
            return false;
        if (text.StartsWith("TYPE", StringComparison.OrdinalIgnoreCase) && ushort.TryParse(text.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            type = (RecordType)number;
            return true;
        }

        return char.IsAsciiLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out type) && type != RecordType.None;
    }
}
