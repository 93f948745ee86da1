using System.Buffers.Binary;

namespace Federation.Dns.Wire;

/// <summary>Where the twelve bytes of a message header keep what (RFC 1035 section 4.1.1).</summary>
internal static class Header
{
    public const int Length = 12;

    // Third byte: QR, four bits of opcode, AA, TC, RD. Fourth byte: RA, Z, AD, CD, four bits of response code.
    public const byte Response = 0x80;
    public const byte OpcodeBits = 0x78;
    public const byte Authoritative = 0x04;
    public const byte Truncated = 0x02;
    public const byte RecursionDesired = 0x01;
    public const byte CheckingDisabled = 0x10;
    public const byte ResponseCodeBits = 0x0F;

    public static bool IsResponse(ReadOnlySpan<byte> message) => (message[2] & Response) != 0;

    public static int Opcode(ReadOnlySpan<byte> message) => (message[2] & OpcodeBits) >> 3;

    public static ushort QuestionCount(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[4..]);

    public static ushort AnswerCount(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[6..]);

    public static ushort AuthorityCount(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[8..]);

    public static ushort AdditionalCount(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message[10..]);

    public static void WriteCounts(Span<byte> message, int questions, int answers, int authorities, int additionals)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], (ushort)questions);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(message[8..], (ushort)authorities);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], (ushort)additionals);
    }
}
