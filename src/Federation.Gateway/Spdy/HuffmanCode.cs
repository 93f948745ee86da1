namespace Federation.Gateway.Spdy;

/// <summary>A canonical Huffman code, given by the lengths of its symbols' codes (RFC 1951, section 3.2.2).</summary>
internal sealed class HuffmanCode
{
    private const int Longest = 15;

    private readonly int[] _counts = new int[Longest + 1];
    private readonly int[] _symbols;

    /// <exception cref="SpdyException">More codes than fit.</exception>
    public HuffmanCode(ReadOnlySpan<int> lengths)
    {
        foreach (var length in lengths)
            _counts[length]++;
        _counts[0] = 0;
        var left = 1;
        for (var length = 1; length <= Longest; length++)
        {
            left = (left << 1) - _counts[length];
            if (left < 0)
                throw Inflater.Wrong();
        }

        var next = new int[Longest + 2];
        for (var length = 1; length <= Longest; length++)
            next[length + 1] = next[length] + _counts[length];
        _symbols = new int[next[Longest + 1]];
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] > 0)
                _symbols[next[lengths[symbol]]++] = symbol;
        }
    }

    /// <exception cref="SpdyException">No symbol has this code, or the data ends.</exception>
    public int Read(ref BitReader bits)
    {
        // Codes of one length are consecutive numbers: how far this one is past the first says which it is.
        var (code, first, index) = (0, 0, 0);
        for (var length = 1; length <= Longest; length++)
        {
            code |= bits.Read(1);
            if (code - first < _counts[length])
                return _symbols[index + (code - first)];
            index += _counts[length];
            first = (first + _counts[length]) << 1;
            code <<= 1;
        }

        throw Inflater.Wrong();
    }
}
