using System.Buffers.Binary;

namespace Federation.Gateway.Spdy;

/// <summary>Reads bits in deflate's order: from the low end of each byte.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;
    private int _bits;
    private int _count;

    /// <summary>Nothing is left but the padding of the last byte.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty && _bits == 0;

    public int Read(int count)
    {
        while (_count < count)
        {
            if (_rest.IsEmpty)
                throw Inflater.Wrong();
            _bits |= _rest[0] << _count;
            _rest = _rest[1..];
            _count += 8;
        }

        var value = _bits & ((1 << count) - 1);
        _bits >>= count;
        _count -= count;
        return value;
    }

    /// <summary>The bytes of a stored block, which begins at the next byte.</summary>
    public ReadOnlySpan<byte> ReadStored()
    {
        (_bits, _count) = (0, 0);
        if (_rest.Length < 4)
            throw Inflater.Wrong();
        var length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (length != (ushort)~BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) || _rest.Length - 4 < length)
            throw Inflater.Wrong();
        var stored = _rest.Slice(4, length);
        _rest = _rest[(4 + length)..];
        return stored;
    }
}
