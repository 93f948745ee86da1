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

    internal override void Write(RecordWriter writer) => writer.CompressedName(Host);
}

public sealed record AliasData(DnsName Target) : RecordData
{
    public override RecordType Type => RecordType.Cname;

    // Uncompressed: the answer of one name is also given for its regional aliases, where only the question's own offset is the same.
    internal override void Write(RecordWriter writer) => writer.PlainName(Target);
}

/// <summary>Start of authority (RFC 1035 section 3.3.13). Times in seconds; <paramref name="Minimum"/> is the negative TTL (RFC 2308 section 4).</summary>
public sealed record StartOfAuthorityData(DnsName PrimaryServer, DnsName Mailbox, uint Serial, uint Refresh, uint Retry, uint Expire, uint Minimum) : RecordData
{
    public override RecordType Type => RecordType.Soa;

    internal override void Write(RecordWriter writer)
    {
        writer.CompressedName(PrimaryServer);
        writer.CompressedName(Mailbox);
        writer.UInt32(Serial);
        writer.UInt32(Refresh);
        writer.UInt32(Retry);
        writer.UInt32(Expire);
        writer.UInt32(Minimum);
    }
}

/// <summary>Text in strings of at most 255 bytes each.</summary>
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
