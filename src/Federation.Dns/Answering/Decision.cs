using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>What to say to one query, before a byte of it is written.</summary>
/// <param name="Node">The name that answers; null: none was looked for, or none exists.</param>
/// <param name="Answer">The records to give; null: none.</param>
/// <param name="Zone">Whose answer it is; without records and without a delegation its SOA proves that there are none. Null: no zone's.</param>
internal readonly record struct Decision(ResponseCode Code, bool IsAuthoritative, ZoneNode? Node, PreparedAnswer? Answer, ZoneSnapshot? Zone)
{
    /// <summary>Who answers for the name instead; null: nobody.</summary>
    public Delegation? Delegation => Zone is not null && !IsAuthoritative ? Node?.Delegation : null;

    /// <summary>How many bits of the client's address the answer depends on; 0: on none, the same answer is given to everybody.</summary>
    public byte ScopeBits { get; init; }

    /// <summary>Nothing is said but to ask again over TCP.</summary>
    public bool IsCutShort { get; init; }

    /// <summary>Which decisions are alike to who counts responses: those from one name, those that deny names of one zone, those of one code.</summary>
    public uint Kind => Node is not null && (Answer is not null || Delegation is not null) ? Node.Name.Hash : (Zone?.Apex.Hash ?? 0) + 1 + (uint)Code;

    public static Decision Error(ResponseCode code) => new(code, IsAuthoritative: false, null, null, null);

    /// <summary>No question, no records.</summary>
    public static Decision Empty => Error(ResponseCode.NoError);

    public static Decision Found(ZoneNode node, PreparedAnswer answer, ZoneSnapshot zone) => new(ResponseCode.NoError, IsAuthoritative: true, node, answer, zone);

    /// <summary>What the server says of itself; no zone does.</summary>
    public static Decision Said(PreparedAnswer answer) => new(ResponseCode.NoError, IsAuthoritative: false, null, answer, null);

    public static Decision NoData(ZoneNode node, ZoneSnapshot zone) => new(ResponseCode.NoError, IsAuthoritative: true, node, null, zone);

    public static Decision NameError(ZoneSnapshot zone) => new(ResponseCode.NameError, IsAuthoritative: true, null, null, zone);

    public static Decision Referral(ZoneNode node, ZoneSnapshot zone) => new(ResponseCode.NoError, IsAuthoritative: false, node, null, zone);
}
