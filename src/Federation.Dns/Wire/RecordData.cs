using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Federation.Dns.Wire;

/// <summary>The data of one record, without its owner, class and TTL.</summary>
public abstract record RecordData
{
    public abstract RecordType Type { get; }

    internal abstract void Write(RecordWriter writer);
}

/// <summary>An A or AAAA record, by the family of <paramref name="Address"/>.</summary>
public sealed record AddressData(IPAddress Address) : RecordData
{
    public override RecordType Type => Address.AddressFamily == AddressFamily.InterNetworkV6 ? RecordType.Aaaa : RecordType.A;

    internal override void Write(RecordWriter writer) => writer.Bytes(Address.GetAddressBytes());
}

public sealed record NameServerData(DnsName Host) : RecordData
{
    public override RecordType Type => RecordType.Ns;

    internal override void Write(RecordWriter writer) => writer.DataName(Host);
}

public sealed record AliasData(DnsName Target) : RecordData
{
    public override RecordType Type => RecordType.Cname;

    internal override void Write(RecordWriter writer) => writer.PlainName(Target);
}

/// <summary>Start of authority (RFC 1035 section 3.3.13). Times in seconds; <paramref name="Minimum"/> is the negative TTL (RFC 2308 section 4).</summary>
public sealed record StartOfAuthorityData(DnsName PrimaryServer, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : RecordData
{
    public override RecordType Type => RecordType.Soa;

    internal override void Write(RecordWriter writer)
    {
        writer.DataName(PrimaryServer);
        writer.DataName(Mailbox);
        writer.UInt32(Serial);
        writer.UInt32(Refresh);
        writer.UInt32(Retry);
        writer.UInt32(Expire);
        writer.UInt32(Minimum);
    }
}

/// <summary>Text in strings of at most 255 bytes each, one character for each byte.</summary>
public sealed record TextData(ImmutableArray<string> Strings) : RecordData
{
    public override RecordType Type => RecordType.Txt;

    internal override void Write(RecordWriter writer)
    {
        foreach (var text in Strings)
            writer.CharacterString(text);
    }
}

/// <summary>Where a service listens (RFC 2782). Its target is never compressed.</summary>
public sealed record ServiceData(ushort Priority, ushort Weight, ushort Port, DnsName Target) : RecordData
{
    public override RecordType Type => RecordType.Srv;

    internal override void Write(RecordWriter writer)
    {
        writer.UInt16(Priority);
        writer.UInt16(Weight);
        writer.UInt16(Port);
        writer.PlainName(Target);
    }
}

/// <summary>The name behind an address, in a reverse zone.</summary>
public sealed record PointerData(DnsName Target) : RecordData
{
    public override RecordType Type => RecordType.Ptr;

    internal override void Write(RecordWriter writer) => writer.PlainName(Target);
}

/// <summary>Where mail for a domain goes.</summary>
public sealed record MailData(ushort Preference, DnsName Exchange) : RecordData
{
    public override RecordType Type => RecordType.Mx;

    internal override void Write(RecordWriter writer)
    {
        writer.UInt16(Preference);
        writer.PlainName(Exchange);
    }
}

/// <summary>Who may issue certificates for a domain (RFC 8659); one character of <paramref name="Value"/> for each byte.</summary>
public sealed record CertificationData(byte Flags, string Tag, string Value) : RecordData
{
    public override RecordType Type => RecordType.Caa;

    internal override void Write(RecordWriter writer)
    {
        writer.Bytes([Flags]);
        writer.CharacterString(Tag);
        writer.Bytes(System.Text.Encoding.Latin1.GetBytes(Value));
    }
}

/// <summary>The digest of a child zone's key, kept by its parent (RFC 4034 section 5).</summary>
/// <param name="Digest">In hexadecimal digits, upper case.</param>
public sealed record DelegationSignerData(ushort KeyTag, byte Algorithm, byte DigestType, string Digest) : RecordData
{
    public override RecordType Type => RecordType.Ds;

    internal override void Write(RecordWriter writer)
    {
        writer.UInt16(KeyTag);
        writer.Bytes([Algorithm, DigestType]);
        writer.Bytes(Convert.FromHexString(Digest));
    }
}

/// <summary>Data of a type without a syntax here (RFC 3597).</summary>
/// <param name="Number">The type.</param>
/// <param name="Hex">Its bytes in hexadecimal digits, upper case.</param>
public sealed record OpaqueData(RecordType Number, string Hex) : RecordData
{
    public override RecordType Type => Number;

    internal override void Write(RecordWriter writer) => writer.Bytes(Convert.FromHexString(Hex));
}
