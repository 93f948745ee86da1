using System.Buffers.Binary;

namespace Federation.Gateway.Spdy;

/// <summary>Kinds of control frames (SPDY/3, section 2.6) that mean something here; the others are read and dropped.</summary>
internal enum SpdyFrameType
{
    SynStream = 1,
    SynReply = 2,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    Headers = 8,
    WindowUpdate = 9,
}

/// <summary>Why a stream is reset (SPDY/3, section 2.6.3).</summary>
internal enum SpdyResetCode
{
    ProtocolError = 1,
    InvalidStream = 2,
    RefusedStream = 3,
    Cancel = 5,
    InternalError = 6,
}

/// <summary>The eight bytes before each frame.</summary>
/// <param name="Type">Null: data.</param>
/// <param name="Stream">Of data; 0 for control frames.</param>
/// <param name="Length">Of what follows.</param>
internal readonly record struct SpdyFrameHead(SpdyFrameType? Type, int Stream, byte Flags, int Length)
{
    public const int Size = 8;

    private const byte Fin = 0x01;
    private const ushort Version = 0x8003;

    /// <summary>Nothing more comes on the stream.</summary>
    public bool IsFin => (Flags & Fin) != 0;

    /// <exception cref="SpdyException">A control frame of another version.</exception>
    public static SpdyFrameHead Parse(ReadOnlySpan<byte> head)
    {
        var word = BinaryPrimitives.ReadUInt32BigEndian(head);
        var flagsAndLength = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        var (flags, length) = ((byte)(flagsAndLength >> 24), (int)(flagsAndLength & 0xFFFFFF));
        if (word >> 31 == 0)
            return new SpdyFrameHead(null, (int)word, flags, length);
        return word >> 16 == Version
            ? new SpdyFrameHead((SpdyFrameType)(word & 0xFFFF), 0, flags, length)
            : throw new SpdyException($"a frame is of SPDY version {(word >> 16) & 0x7FFF}, not 3");
    }

    public static byte[] Control(SpdyFrameType type, params ReadOnlySpan<int> words) => Control(type, words, []);

    /// <summary>A whole frame of 32-bit words, with a header block behind them.</summary>
    public static byte[] Control(SpdyFrameType type, ReadOnlySpan<int> words, ReadOnlySpan<byte> block)
    {
        var length = (words.Length * sizeof(int)) + block.Length;
        var frame = new byte[Size + length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, ((uint)Version << 16) | (uint)type);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), length);
        for (var i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(Size + (i * sizeof(int))), words[i]);
        block.CopyTo(frame.AsSpan(Size + (words.Length * sizeof(int))));
        return frame;
    }

    public static void WriteData(Span<byte> head, int stream, int length, bool isFin)
    {
        BinaryPrimitives.WriteInt32BigEndian(head, stream);
        BinaryPrimitives.WriteUInt32BigEndian(head[4..], (isFin ? (uint)Fin << 24 : 0) | (uint)length);
    }
}
