using System.Buffers.Binary;
using System.Text;

namespace Federation.Gateway.Spdy;

/// <summary>Header blocks (SPDY/3, section 2.6.10): a count, then each name and value after its length; all blocks of one direction are one zlib stream.</summary>
internal sealed class HeaderBlocks
{
    private const int MostHeaders = 100;
    private const int LargestBlock = 64 * 1024;
    private const int DictionaryFlag = 0x20;

    private readonly Inflater _inflater = new(SpdyDictionary.Bytes);
    private bool _hasRead;
    private bool _hasWritten;

    /// <summary>Names are in lower case; of a name that comes twice, the last value counts.</summary>
    /// <exception cref="SpdyException">Not a header block. The connection cannot go on, since all blocks are one compressed stream.</exception>
    public IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> compressed)
    {
        if (!_hasRead)
        {
            compressed = SkipHeader(compressed);
            _hasRead = true;
        }

        ReadOnlySpan<byte> block = _inflater.Inflate(compressed, LargestBlock);
        var count = ReadLength(ref block);
        if (count > MostHeaders)
            throw new SpdyException("too many headers");
        var headers = new Dictionary<string, string>(count);
        for (var i = 0; i < count; i++)
        {
            var name = ReadText(ref block);
            headers[name.ToLowerInvariant()] = ReadText(ref block);
        }

        return headers;
    }

    /// <summary>Stored, not compressed, which every inflater takes: our headers are few and short.</summary>
    public byte[] Write(params ReadOnlySpan<(string Name, string Value)> headers)
    {
        using var block = new MemoryStream();
        WriteLength(block, headers.Length);
        foreach (var (name, value) in headers)
        {
            WriteText(block, name);
            WriteText(block, value);
        }

        using var stream = new MemoryStream();
        if (!_hasWritten)
            stream.Write([0x78, 0x01]);   // zlib (RFC 1950), without a dictionary
        _hasWritten = true;
        WriteStored(stream, block.GetBuffer().AsSpan(0, (int)block.Length));
        // Readers hand out what they have at an empty block.
        WriteStored(stream, []);
        return stream.ToArray();
    }

    private static ReadOnlySpan<byte> SkipHeader(ReadOnlySpan<byte> stream)
    {
        if (stream.Length < 2 || (stream[0] & 0x0F) != 8 || ((stream[0] << 8) | stream[1]) % 31 != 0)
            throw new SpdyException("headers do not begin as a zlib stream");
        if ((stream[1] & DictionaryFlag) == 0)
            return stream[2..];
        if (stream.Length < 6 || BinaryPrimitives.ReadUInt32BigEndian(stream[2..]) != SpdyDictionary.Id)
            throw new SpdyException("headers are compressed with another dictionary");
        return stream[6..];
    }

    private static int ReadLength(ref ReadOnlySpan<byte> block)
    {
        if (block.Length < sizeof(int))
            throw new SpdyException("a header block ends in the middle");
        var length = BinaryPrimitives.ReadUInt32BigEndian(block);
        block = block[sizeof(int)..];
        return length <= LargestBlock ? (int)length : throw new SpdyException("a header block names a length that it cannot have");
    }

    private static string ReadText(ref ReadOnlySpan<byte> block)
    {
        var length = ReadLength(ref block);
        if (length > block.Length)
            throw new SpdyException("a header block ends in the middle");
        var text = Encoding.UTF8.GetString(block[..length]);
        block = block[length..];
        return text;
    }

    private static void WriteLength(MemoryStream block, int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        block.Write(bytes);
    }

    private static void WriteText(MemoryStream block, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteLength(block, bytes.Length);
        block.Write(bytes);
    }

    private static void WriteStored(MemoryStream stream, ReadOnlySpan<byte> data)
    {
        do
        {
            var part = data[..Math.Min(data.Length, ushort.MaxValue)];
            var head = new byte[5];
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(1), (ushort)part.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(3), (ushort)~part.Length);
            stream.Write(head);
            stream.Write(part);
            data = data[part.Length..];
        }
        while (!data.IsEmpty);
    }
}
