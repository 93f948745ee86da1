using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>What to say to one query, before a byte of it is written.</summary>
/// <param name="Node">The name that answers; null: none was looked for, or none exists.</param>
/// <param name="Answer">The records to give; null: none.</param>
/// <param name="Negative">The zone version whose SOA proves that there is nothing; null: no SOA goes along.</param>
internal readonly record struct Decision(ResponseCode Code, bool IsAuthoritative, ZoneNode? Node, PreparedAnswer? Answer, ZoneSnapshot? Negative)
{
    public static Decision Error(ResponseCode code) => new(code, IsAuthoritative: false, null, null, null);

    public static Decision Found(ZoneNode node, PreparedAnswer answer) => new(ResponseCode.NoError, IsAuthoritative: true, node, answer, null);

    public static Decision NoData(ZoneNode node, ZoneSnapshot zone) => new(ResponseCode.NoError, IsAuthoritative: true, node, null, zone);

    public static Decision NameError(ZoneSnapshot zone) => new(ResponseCode.NameError, IsAuthoritative: true, null, null, zone);
}
