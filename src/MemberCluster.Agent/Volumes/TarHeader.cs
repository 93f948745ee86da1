namespace MemberCluster.Agent.Volumes;

/// <summary>The fields of one header block (POSIX ustar, GNU).</summary>
internal readonly record struct TarHeader
{
    public byte[] Path { get; private init; }
    public byte Type { get; private init; }
    public long Size { get; private init; }
    public long Mode { get; private init; }
    public long Owner { get; private init; }
    public long Group { get; private init; }
    public long Modified { get; private init; }
    public byte[] Target { get; private init; }
    public long Major { get; private init; }
    public long Minor { get; private init; }

    /// <exception cref="InvalidDataException">It is none: its checksum is wrong, or a number is.</exception>
    public static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        if (Number(block.Slice(148, 8)) != SumOf(block))
            throw new InvalidDataException("what came is no tar");
        var name = Text(block[..100]);
        // POSIX has a second part of the path; GNU has other things there.
        var prefix = block.Slice(257, 8).SequenceEqual("ustar\00"u8) ? Text(block.Slice(345, 155)) : default;
        var type = block[156] == 0 ? TarEntry.RegularFile : block[156];
        var size = Number(block.Slice(124, 12));
        if (size < 0)
            throw new InvalidDataException("a size in the tar is negative");
        return new TarHeader
        {
            Path = prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name],
            Type = type,
            Size = size,
            Mode = Number(block.Slice(100, 8)),
            Owner = Number(block.Slice(108, 8)),
            Group = Number(block.Slice(116, 8)),
            Modified = Number(block.Slice(136, 12)),
            Target = Text(block.Slice(157, 100)).ToArray(),
            Major = Number(block.Slice(329, 8)),
            Minor = Number(block.Slice(337, 8)),
        };
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field;

    /// <summary>Octal text; or, with the first bit set, a big-endian number.</summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        if ((field[0] & 0x80) != 0)
        {
            value = (field[0] & 0x40) != 0 ? -1 : 0;
            value = (value << 6) | (byte)(field[0] & 0x3f);
            foreach (var digit in field[1..])
                value = (value << 8) | digit;
            return value;
        }

        foreach (var digit in Text(field).Trim((byte)' '))
        {
            if (digit is < (byte)'0' or > (byte)'7')
                throw new InvalidDataException("a number in the tar is none");
            value = (value << 3) | (long)(digit - '0');
        }

        return value;
    }

    /// <summary>The checksum's own field counts as spaces.</summary>
    private static long SumOf(ReadOnlySpan<byte> block)
    {
        var sum = 8L * ' ';
        for (var i = 0; i < block.Length; i++)
            sum += i is >= 148 and < 156 ? 0 : block[i];
        return sum;
    }
}
