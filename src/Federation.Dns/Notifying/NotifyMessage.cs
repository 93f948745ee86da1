using System.Buffers.Binary;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.Dns.Transfers;

namespace Federation.Dns.Notifying;

/// <summary>Tells a secondary that a zone has changed, and reads what it says (RFC 1996).</summary>
internal static class NotifyMessage
{
    private const int Opcode = 4;

    /// <summary>With the new SOA as a hint (RFC 1996 section 3.7): who has it already need not ask.</summary>
    public static OutgoingMessage For(ZoneSnapshot zone)
    {
        var message = new OutgoingMessage(Opcode, Header.Authoritative);
        message.Question(zone.Apex, RecordType.Soa);
        message.Record(Section.Answer, WireRecord.From(TransferContents.Authority(zone)));
        return message;
    }

    /// <summary>What a secondary said; null: the packet is no answer to this message.</summary>
    public static ResponseCode? ReadAnswer(ReadOnlySpan<byte> packet, ushort id, DnsName zone)
    {
        if (packet.Length < Header.Length || BinaryPrimitives.ReadUInt16BigEndian(packet) != id || !Header.IsResponse(packet) || Header.Opcode(packet) != Opcode)
            return null;

        // Who refuses may leave the question out.
        var reader = new MessageReader(packet, Header.Length);
        if (Header.QuestionCount(packet) != 0 && (!reader.TryReadQuestion(out var name, out var type) || type != RecordType.Soa || !name.Equals(zone)))
            return null;
        return (ResponseCode)(packet[3] & Header.ResponseCodeBits);
    }
}
