namespace Federation.Gateway.Spdy;

/// <summary>What was decompressed, after what came before it.</summary>
internal ref struct InflatedOutput(byte[] history, int limit)
{
    private readonly int _begin = history.Length;
    private byte[] _bytes = history;
    private int _length = history.Length;

    public void Append(byte value)
    {
        MakeRoom(1);
        _bytes[_length++] = value;
    }

    public void Append(ReadOnlySpan<byte> values)
    {
        MakeRoom(values.Length);
        values.CopyTo(_bytes.AsSpan(_length));
        _length += values.Length;
    }

    /// <summary>What stands so far back, again; it may reach into what it writes.</summary>
    public void Repeat(int distance, int length)
    {
        if (distance > _length)
            throw Inflater.Wrong();
        MakeRoom(length);
        for (var i = 0; i < length; i++, _length++)
            _bytes[_length] = _bytes[_length - distance];
    }

    public readonly byte[] Take() => _bytes[_begin.._length];

    public readonly byte[] Tail(int size) => _bytes[Math.Max(0, _length - size).._length];

    private void MakeRoom(int count)
    {
        if (_length - _begin + count > limit)
            throw new SpdyException("headers are too large");
        // Never in place: the history is another's.
        if (_length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_length + count, _bytes.Length + 1024));
    }
}
