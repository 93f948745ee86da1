using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>Decides the answer to a query that could be read. Allocates nothing.</summary>
internal static class Decider
{
    /// <param name="query">The query.</param>
    /// <param name="name">Its name, in lower case and wire form.</param>
    /// <param name="apex">The zone served.</param>
    /// <param name="zone">Its newest version; null before the first one is loaded.</param>
    public static Decision Decide(in Query query, ReadOnlySpan<byte> name, DnsName apex, ZoneSnapshot? zone)
    {
        if (query.Edns is { IsPresent: true, Version: not 0 })
            return Decision.Error(ResponseCode.BadVersion);
        if (!query.HasQuestion)
            return Decision.Empty; // Asked for a cookie alone (RFC 7873 section 5.4).
        if (query.Type == RecordType.Opt)
            return Decision.Error(ResponseCode.FormatError);
        if (query.Class != RecordClass.Internet || query.Type is RecordType.Axfr or RecordType.Ixfr)
            return Decision.Error(ResponseCode.Refused);

        // Without data a name that may well exist must not be denied; a resolver asks another server after SERVFAIL.
        if (zone is null)
            return Decision.Error(IsInside(name, apex) ? ResponseCode.ServerFailure : ResponseCode.Refused);
        if (zone.Find(name, query.NameHash) is { } node)
            return DecideNode(query.Type, node, zone);
        return IsInside(name, apex) ? Decision.NameError(zone) : Decision.Error(ResponseCode.Refused);
    }

    private static Decision DecideNode(RecordType type, ZoneNode node, ZoneSnapshot zone)
    {
        // ANY gets one record set of those there are (RFC 8482 section 4.1): enough for who is curious, no gain for who amplifies.
        var answer = type == RecordType.Any
            ? node.Answers.FirstOrNull()
            : node.Find(type) ?? node.Find(RecordType.Cname);
        return answer is null ? Decision.NoData(node, zone) : Decision.Found(node, answer);
    }

    private static bool IsInside(ReadOnlySpan<byte> name, DnsName apex) =>
        name.EndsWith(apex.Wire) && DnsName.IsLabelStart(name, name.Length - apex.Length);

    private static PreparedAnswer? FirstOrNull(this PreparedAnswer[] answers) => answers.Length == 0 ? null : answers[0];
}
