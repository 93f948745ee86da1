using Federation.Dns.Answering;
using Federation.Dns.Places;
using Federation.Dns.Signing;

namespace Federation.Dns.Wire;

/// <summary>What one query packet asks, and who asks. Holds offsets and values, never the packet.</summary>
internal struct Query
{
    /// <summary>Length of the name in wire form; 0 while no question has been read.</summary>
    public int NameLength;

    /// <summary>Where the question section ends; <see cref="Header.Length"/> while no question has been read.</summary>
    public int QuestionEnd;

    public uint NameHash;
    public RecordType Type;
    public RecordClass Class;
    public EdnsQuery Edns;

    /// <summary>Where in the packet the record with its signature begins (RFC 8945); 0: there is none.</summary>
    public int TsigAt;

    /// <summary>Where the packet came from: a resolver, usually. Set by who received it.</summary>
    public ClientAddress Client;

    /// <summary>What is known of where clients are. Set by who received the packet; null: nothing.</summary>
    public ClientPlaces? Places;

    /// <summary>The zones that are signed. Set by who received the packet; null: none is.</summary>
    public ZoneSigners? Signers;

    /// <summary>What the server says of itself. Set by who received the packet; null: nothing.</summary>
    public ServerIdentity? Identity;

    public readonly bool HasQuestion => NameLength != 0;

    /// <summary>Whom the answer is for, as far as it is known: the subnet that a resolver passes on (RFC 7871), else the sender.</summary>
    public readonly ClientAddress Audience => Edns.Subnet is { IsPresent: true, SourceBits: > 0 } subnet ? subnet.Address : Client;
}

/// <summary>What the OPT record of a query says (RFC 6891 section 6.1), its options included.</summary>
internal struct EdnsQuery
{
    public bool IsPresent;
    public bool DnssecOk;

    /// <summary>Wants the response code of a missing name in a signed zone to say so (RFC 9824).</summary>
    public bool CompactOk;
    public byte Version;
    public ushort UdpSize;

    /// <summary>Asked who answers (RFC 5001).</summary>
    public bool WantsServerId;

    /// <summary>Asked how long a connection may be idle (RFC 7828).</summary>
    public bool WantsKeepalive;

    /// <summary>Asked for a response whose length tells little (RFC 7830).</summary>
    public bool WantsPadding;
    public ClientSubnet Subnet;

    /// <summary>Where in the packet the cookie begins; meaningful with a <see cref="CookieLength"/>.</summary>
    public int CookieAt;

    /// <summary>8: the client's cookie alone; 16 to 40: with a server's (RFC 7873 section 4); 0: none.</summary>
    public int CookieLength;

    public readonly bool HasCookie => CookieLength != 0;
}

/// <summary>The client subnet option of a query (RFC 7871 section 6).</summary>
internal struct ClientSubnet
{
    public bool IsPresent;

    /// <summary>How many bits of the address are known; 0: the client wants no answer made for it.</summary>
    public byte SourceBits;

    /// <summary>The bits that are known, then zeros.</summary>
    public ClientAddress Address;

    /// <summary>Where in the packet the option's data begins, and its length.</summary>
    public int At;
    public int Length;
}

/// <summary>Whether a packet can be answered, and if not, how it is turned away.</summary>
internal enum QueryVerdict
{
    Answer,

    /// <summary>No header, or a response: an answer to it could loop between two servers for ever.</summary>
    Drop,
    FormatError,
    NotImplemented,
}
