using System.Buffers.Binary;
using Federation.Dns.Wire;

namespace Federation.Dns.Transfers;

/// <summary>A request for a whole zone, or for what has changed since a serial.</summary>
/// <param name="Since">The serial that the client has; null: none, it wants all.</param>
internal sealed record TransferRequest(DnsName Zone, RecordType Type, uint? Since)
{
    /// <summary>Whether a packet asks for a transfer at all; nothing else of it is looked at.</summary>
    public static bool IsOne(ReadOnlySpan<byte> packet)
    {
        var at = Header.Length;
        if (packet.Length < at || Header.IsResponse(packet) || Header.Opcode(packet) != 0 || Header.QuestionCount(packet) != 1)
            return false;
        while (at < packet.Length && packet[at] is not 0 and <= DnsName.MaxLabelLength)
            at += packet[at] + 1;
        return packet.Length - at >= 3 && packet[at] == 0 && (RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 1)..]) is RecordType.Axfr or RecordType.Ixfr;
    }

    /// <summary>Reads a request; null: it is malformed. That of IXFR has the client's SOA in its authority section (RFC 1995 section 3).</summary>
    public static TransferRequest? Read(ReadOnlySpan<byte> packet)
    {
        var reader = new MessageReader(packet, Header.Length);
        if (!reader.TryReadQuestion(out var zone, out var type) || Header.AnswerCount(packet) != 0)
            return null;
        if (type == RecordType.Axfr)
            return new TransferRequest(zone, type, null);
        if (Header.AuthorityCount(packet) != 1 || !reader.TryRead(out var soa) || soa is not { Type: RecordType.Soa } || !soa.Owner.Equals(zone))
            return null;
        return new TransferRequest(zone, type, SerialOf(soa));
    }

    /// <summary>Of a SOA record: the first of the five numbers that end it.</summary>
    public static uint SerialOf(WireRecord soa) => BinaryPrimitives.ReadUInt32BigEndian(Convert.FromHexString(soa.Data.AsSpan(soa.Data.Length - 40, 8)));
}
