using System.Buffers.Binary;
using Federation.Dns.Wire;

namespace Federation.Dns.Tsig;

/// <summary>The last record of a signed message (RFC 8945 section 4.2).</summary>
/// <param name="At">Where in the message it begins: what comes before it is signed.</param>
/// <param name="TimeSigned">Seconds since 1970.</param>
/// <param name="Fudge">By how many seconds clocks may differ.</param>
/// <param name="OriginalId">The message's, as it was signed.</param>
internal sealed record TsigRecord(int At, DnsName KeyName, DnsName Algorithm, ulong TimeSigned, ushort Fudge, byte[] Mac, ushort OriginalId, TsigError Error, byte[] Other)
{
    private const int TimeLength = 6;

    /// <summary>Reads the record at a place; null: it is none, malformed, or something follows it.</summary>
    public static TsigRecord? Read(ReadOnlySpan<byte> message, int at)
    {
        var reader = new MessageReader(message, at);
        if (!reader.TryReadHead(out var keyName, out var type, out var ttl, out var length) || type != RecordType.Tsig || ttl != 0)
            return null;
        var end = reader.Position + length;

        // The class is before the TTL and the length, which the reader has passed.
        if (end != message.Length || BinaryPrimitives.ReadUInt16BigEndian(message[(reader.Position - 8)..]) != (ushort)RecordClass.Any)
            return null;
        if (!reader.TryReadName(end, out var algorithm))
            return null;
        var rest = message[reader.Position..end];
        if (rest.Length < TimeLength + 4)
            return null;
        var time = ReadTime(rest);
        var fudge = BinaryPrimitives.ReadUInt16BigEndian(rest[6..]);
        int macLength = BinaryPrimitives.ReadUInt16BigEndian(rest[8..]);
        rest = rest[10..];
        if (rest.Length < macLength + 6)
            return null;
        var mac = rest[..macLength].ToArray();
        rest = rest[macLength..];
        var (originalId, error, otherLength) = (BinaryPrimitives.ReadUInt16BigEndian(rest), BinaryPrimitives.ReadUInt16BigEndian(rest[2..]), BinaryPrimitives.ReadUInt16BigEndian(rest[4..]));
        return rest.Length - 6 == otherLength ? new TsigRecord(at, keyName, algorithm, time, fudge, mac, originalId, (TsigError)error, rest[6..].ToArray()) : null;
    }

    /// <summary>Finds the record at the end of a whole message; null: the message is not signed, or cannot be read.</summary>
    public static TsigRecord? Find(ReadOnlySpan<byte> message)
    {
        if (message.Length < Header.Length || Header.AdditionalCount(message) == 0)
            return null;
        var reader = new MessageReader(message, Header.Length);
        for (var i = 0; i < Header.QuestionCount(message); i++)
        {
            if (!reader.TryReadQuestion(out _, out _))
                return null;
        }

        var before = Header.AnswerCount(message) + Header.AuthorityCount(message) + Header.AdditionalCount(message) - 1;
        for (var i = 0; i < before; i++)
        {
            if (!reader.TryReadHead(out _, out _, out _, out var length))
                return null;
            reader = new MessageReader(message, reader.Position + length);
        }

        return Read(message, reader.Position);
    }

    /// <summary>The message without its signature, with the id and the counts it had when it was signed.</summary>
    public byte[] Strip(ReadOnlySpan<byte> message)
    {
        var stripped = message[..At].ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(stripped, OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(stripped.AsSpan(10), (ushort)(Header.AdditionalCount(message) - 1));
        return stripped;
    }

    /// <summary>The bytes that the record adds to a message.</summary>
    public int Length => KeyName.Length + 10 + Algorithm.Length + TimeLength + 10 + Mac.Length + Other.Length;

    /// <summary>Puts the record behind a message; there must be room for its <see cref="Length"/>.</summary>
    /// <returns>The length of the message with it.</returns>
    public int Append(Span<byte> message, int length)
    {
        var at = length;
        KeyName.Wire.CopyTo(message[at..]);
        at += KeyName.Length;
        Put(message, ref at, (ushort)RecordType.Tsig);
        Put(message, ref at, (ushort)RecordClass.Any);
        Put(message, ref at, 0);
        Put(message, ref at, 0);
        Put(message, ref at, (ushort)(Length - KeyName.Length - 10));
        Algorithm.Wire.CopyTo(message[at..]);
        at += Algorithm.Length;
        WriteTime(message[at..], TimeSigned);
        at += TimeLength;
        Put(message, ref at, Fudge);
        Put(message, ref at, (ushort)Mac.Length);
        Mac.CopyTo(message[at..]);
        at += Mac.Length;
        Put(message, ref at, OriginalId);
        Put(message, ref at, (ushort)Error);
        Put(message, ref at, (ushort)Other.Length);
        Other.CopyTo(message[at..]);
        BinaryPrimitives.WriteUInt16BigEndian(message[10..], (ushort)(Header.AdditionalCount(message) + 1));
        return at + Other.Length;
    }

    /// <summary>What is signed besides the message: all of the record but its MAC (RFC 8945 section 4.3.3).</summary>
    public byte[] Variables() =>
    [
        .. KeyName.Wire, 0, (byte)RecordClass.Any, 0, 0, 0, 0, .. Algorithm.Wire, .. Timers(),
        (byte)((ushort)Error >> 8), (byte)Error, (byte)(Other.Length >> 8), (byte)Other.Length, .. Other,
    ];

    /// <summary>What is signed of the record in the later messages of one response (RFC 8945 section 5.3.1).</summary>
    public byte[] Timers() => [.. TimeBytes(TimeSigned), (byte)(Fudge >> 8), (byte)Fudge];

    public static byte[] TimeBytes(ulong time)
    {
        var bytes = new byte[TimeLength];
        WriteTime(bytes, time);
        return bytes;
    }

    private static ulong ReadTime(ReadOnlySpan<byte> bytes) => ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);

    private static void WriteTime(Span<byte> bytes, ulong time)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(time >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)time);
    }

    private static void Put(Span<byte> message, ref int at, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[at..], value);
        at += 2;
    }
}
