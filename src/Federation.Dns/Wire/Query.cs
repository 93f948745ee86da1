namespace Federation.Dns.Wire;

/// <summary>What one query packet asks. Holds offsets and values, never the packet.</summary>
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

    public readonly bool HasQuestion => NameLength != 0;
}

/// <summary>What the OPT record of a query says (RFC 6891 section 6.1).</summary>
internal struct EdnsQuery
{
    public bool IsPresent;
    public bool DnssecOk;
    public byte Version;
    public ushort UdpSize;
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
