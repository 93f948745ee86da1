using System.Buffers.Binary;

namespace Federation.Dns.Wire;

/// <summary>Reads a query packet. Every byte comes from a stranger: each step checks what is left before it reads.</summary>
internal static class QueryReader
{
    /// <summary>Room for a name in lower case.</summary>
    public const int NameBufferLength = DnsName.MaxLength + 1;

    private const int OptFixedLength = 10;

    /// <summary>Reads <paramref name="packet"/>; the lower-case name is written to <paramref name="lowerName"/> (<see cref="NameBufferLength"/> bytes).</summary>
    /// <remarks>A question that could be read is kept in <paramref name="query"/> whatever the verdict, so that a refusal can repeat it.</remarks>
    public static QueryVerdict Read(ReadOnlySpan<byte> packet, Span<byte> lowerName, out Query query)
    {
        query = default;
        query.QuestionEnd = Header.Length;
        if (packet.Length < Header.Length || Header.IsResponse(packet))
            return QueryVerdict.Drop;
        var isWhole = TryRead(packet, lowerName, ref query);
        if (Header.Opcode(packet) != 0)
            return QueryVerdict.NotImplemented;
        return isWhole ? QueryVerdict.Answer : QueryVerdict.FormatError;
    }

    private static bool TryRead(ReadOnlySpan<byte> packet, Span<byte> lowerName, ref Query query)
    {
        // Exactly one question (RFC 9619); none only for who asks for a cookie (RFC 7873 section 5.4).
        var questions = Header.QuestionCount(packet);
        if (questions > 1 || (questions == 1 && !TryReadQuestion(packet, lowerName, ref query)))
            return false;

        var position = query.QuestionEnd;
        int before = Header.AnswerCount(packet) + Header.AuthorityCount(packet);
        for (var i = 0; i < before; i++)
        {
            if (!TrySkipRecord(packet, ref position, out var type) || type == RecordType.Tsig)
                return false;
        }

        int additional = Header.AdditionalCount(packet);
        for (var i = 0; i < additional; i++)
        {
            var at = position;
            if (!TryReadAdditional(packet, ref position, ref query.Edns, out var type))
                return false;

            // A signature covers all that comes before it, so it is the last record (RFC 8945 section 5.1).
            if (type == RecordType.Tsig && i < additional - 1)
                return false;
            query.TsigAt = type == RecordType.Tsig ? at : 0;
        }

        return position == packet.Length && (query.HasQuestion || query.Edns.HasCookie);
    }

    /// <summary>The hash of the name that a packet asks for, whatever else is in it; false: it is no query with one question whose name can be read.</summary>
    /// <param name="packet">As it arrived; anything.</param>
    /// <param name="lowerName">Gets the name in lower case; <see cref="NameBufferLength"/> bytes.</param>
    /// <param name="length">Of the name.</param>
    /// <param name="hash">Of the name in lower case.</param>
    public static bool TryReadName(ReadOnlySpan<byte> packet, Span<byte> lowerName, out int length, out uint hash)
    {
        (length, hash) = (0, 0);
        if (packet.Length < Header.Length || Header.IsResponse(packet) || Header.QuestionCount(packet) != 1 || !TryFindNameEnd(packet, out var end))
            return false;
        length = end - Header.Length;
        hash = NameHash.LowerAndHash(packet.Slice(Header.Length, length), lowerName);
        return true;
    }

    /// <summary>Where the name behind the header ends.</summary>
    private static bool TryFindNameEnd(ReadOnlySpan<byte> packet, out int position)
    {
        position = Header.Length;
        while (true)
        {
            if (position >= packet.Length)
                return false;
            int label = packet[position];
            if (label > DnsName.MaxLabelLength)
                return false; // A pointer has nothing to point at here: only the header precedes the first name.
            position += label + 1;
            if (position - Header.Length > DnsName.MaxLength)
                return false;
            if (label == 0)
                return true;
        }
    }

    private static bool TryReadQuestion(ReadOnlySpan<byte> packet, Span<byte> lowerName, ref Query query)
    {
        if (!TryFindNameEnd(packet, out var position))
            return false;
        if (packet.Length - position < 4)
            return false;
        query.NameLength = position - Header.Length;
        query.NameHash = NameHash.LowerAndHash(packet.Slice(Header.Length, query.NameLength), lowerName);
        query.Type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[position..]);
        query.Class = (RecordClass)BinaryPrimitives.ReadUInt16BigEndian(packet[(position + 2)..]);
        query.QuestionEnd = position + 4;
        return true;
    }

    private static bool TryReadAdditional(ReadOnlySpan<byte> packet, ref int position, ref EdnsQuery edns, out RecordType type)
    {
        type = RecordType.Opt;
        // OPT belongs to the root (one zero byte), then type, size, flags, length of the options.
        var rest = packet[position..];
        if (rest.Length < OptFixedLength + 1 || rest[0] != 0 || BinaryPrimitives.ReadUInt16BigEndian(rest[1..]) != (ushort)RecordType.Opt)
            return TrySkipRecord(packet, ref position, out type);
        if (edns.IsPresent)
            return false; // More than one OPT is a format error (RFC 6891 section 6.1.1).

        edns.IsPresent = true;
        edns.UdpSize = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
        edns.Version = rest[6];
        edns.DnssecOk = (rest[7] & 0x80) != 0;
        edns.CompactOk = (rest[7] & 0x40) != 0;
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[9..]);
        if (rest.Length < OptFixedLength + 1 + length)
            return false;
        var optionsAt = position + OptFixedLength + 1;
        position = optionsAt + length;
        return EdnsOptionReader.TryRead(packet, optionsAt, length, ref edns);
    }

    private static bool TrySkipRecord(ReadOnlySpan<byte> packet, ref int position, out RecordType type)
    {
        type = RecordType.None;
        if (!TrySkipName(packet, ref position) || packet.Length - position < OptFixedLength)
            return false;
        type = (RecordType)BinaryPrimitives.ReadUInt16BigEndian(packet[position..]);
        if (type == RecordType.Opt)
            return false; // An OPT elsewhere than in the additional section, or not at the root.
        int length = BinaryPrimitives.ReadUInt16BigEndian(packet[(position + 8)..]);
        position += OptFixedLength;
        if (packet.Length - position < length)
            return false;
        position += length;
        return true;
    }

    private static bool TrySkipName(ReadOnlySpan<byte> packet, ref int position)
    {
        while (position < packet.Length)
        {
            int label = packet[position];
            if (label >= 0xC0)
            {
                // The pointer ends the name and is not followed: what it names is of no interest, and a loop cannot hurt.
                position += 2;
                return true;
            }

            if (label > DnsName.MaxLabelLength)
                return false;
            position += label + 1;
            if (label == 0)
                return true;
        }

        return false;
    }
}
