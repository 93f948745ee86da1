namespace Federation.Gateway.Spdy;

/// <summary>Decompresses a deflate stream (RFC 1951) that began with a dictionary and is flushed after each piece, as header blocks are; the platform's own takes no dictionary.</summary>
/// <remarks>A piece ends on a byte, after an empty stored block (a "sync flush"): pieces are decoded one by one, and each may refer to what came before.</remarks>
internal sealed class Inflater
{
    private const int WindowSize = 32 * 1024;
    private const int EndOfBlock = 256;

    private static readonly int[] LengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly int[] LengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly int[] DistanceBase =
        [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly int[] DistanceBits = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
    private static readonly int[] LengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private static readonly HuffmanCode FixedLiterals = new(
        [.. Enumerable.Repeat(8, 144), .. Enumerable.Repeat(9, 112), .. Enumerable.Repeat(7, 24), .. Enumerable.Repeat(8, 8)]);
    private static readonly HuffmanCode FixedDistances = new([.. Enumerable.Repeat(5, 30)]);

    private byte[] _history;

    public Inflater(ReadOnlySpan<byte> dictionary) => _history = dictionary.ToArray();

    /// <summary>Decompresses one piece.</summary>
    /// <param name="limit">More bytes than this are refused: a few of input can stand for very many.</param>
    /// <exception cref="SpdyException">It is no deflate data, ends in the middle, or is too long. The stream cannot be used any more.</exception>
    public byte[] Inflate(ReadOnlySpan<byte> piece, int limit)
    {
        var bits = new BitReader(piece);
        var output = new InflatedOutput(_history, limit);
        while (!bits.IsAtEnd)
        {
            var isLast = bits.Read(1) == 1;
            switch (bits.Read(2))
            {
                case 0:
                    output.Append(bits.ReadStored());
                    break;
                case 1:
                    ReadCompressed(ref bits, ref output, FixedLiterals, FixedDistances);
                    break;
                case 2:
                    var (literals, distances) = ReadCodes(ref bits);
                    ReadCompressed(ref bits, ref output, literals, distances);
                    break;
                default:
                    throw new SpdyException("compressed headers have a block of an unknown kind");
            }

            if (isLast)
                break;
        }

        _history = output.Tail(WindowSize);
        return output.Take();
    }

    private static void ReadCompressed(ref BitReader bits, ref InflatedOutput output, HuffmanCode literals, HuffmanCode distances)
    {
        while (true)
        {
            var symbol = literals.Read(ref bits);
            if (symbol < EndOfBlock)
            {
                output.Append((byte)symbol);
                continue;
            }

            if (symbol == EndOfBlock)
                return;
            symbol -= EndOfBlock + 1;
            if (symbol >= LengthBase.Length)
                throw Wrong();
            var length = LengthBase[symbol] + bits.Read(LengthBits[symbol]);
            var code = distances.Read(ref bits);
            if (code >= DistanceBase.Length)
                throw Wrong();
            output.Repeat(DistanceBase[code] + bits.Read(DistanceBits[code]), length);
        }
    }

    /// <summary>The codes of one block, which are themselves sent compressed (RFC 1951, section 3.2.7).</summary>
    private static (HuffmanCode Literals, HuffmanCode Distances) ReadCodes(ref BitReader bits)
    {
        var (literals, distances, known) = (bits.Read(5) + 257, bits.Read(5) + 1, bits.Read(4) + 4);
        var codeLengths = new int[LengthOrder.Length];
        for (var i = 0; i < known; i++)
            codeLengths[LengthOrder[i]] = bits.Read(3);
        var code = new HuffmanCode(codeLengths);
        var lengths = new int[literals + distances];
        for (var i = 0; i < lengths.Length;)
        {
            var symbol = code.Read(ref bits);
            var (value, count) = symbol switch
            {
                < 16 => (symbol, 1),
                16 when i > 0 => (lengths[i - 1], 3 + bits.Read(2)),
                17 => (0, 3 + bits.Read(3)),
                18 => (0, 11 + bits.Read(7)),
                _ => throw Wrong(),
            };
            if (i + count > lengths.Length)
                throw Wrong();
            lengths.AsSpan(i, count).Fill(value);
            i += count;
        }

        return (new HuffmanCode(lengths.AsSpan(0, literals)), new HuffmanCode(lengths.AsSpan(literals)));
    }

    internal static SpdyException Wrong() => new("compressed headers cannot be decompressed");
}
