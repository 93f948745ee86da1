using Federation.Dns.Wire;

namespace Federation.Dns.Signing;

/// <summary>The name that comes next after another: a denial from the one to the other denies nothing else (RFC 4470, RFC 4471 section 3.1).</summary>
internal static class NameSuccessor
{
    /// <param name="name">In lower case and wire form; not the root.</param>
    /// <param name="next">Room for a name.</param>
    /// <returns>The length of the next name.</returns>
    public static int Write(ReadOnlySpan<byte> name, Span<byte> next)
    {
        // The first name below it: \000.name
        if (name.Length + 2 <= DnsName.MaxLength)
        {
            (next[0], next[1]) = (1, 0);
            name.CopyTo(next[2..]);
            return name.Length + 2;
        }

        // None fits below: the first one beside it, one byte longer in its first label.
        if (name.Length + 1 <= DnsName.MaxLength && name[0] < DnsName.MaxLabelLength)
        {
            name.CopyTo(next);
            return Resize(next, name.Length, name[0], name[0] + 1);
        }

        // Nor that: the last byte of the first label grows; one that cannot is left out. A label that is all 255 goes, and its parent's turn comes.
        for (var rest = name; rest[0] != 0; rest = rest[(rest[0] + 1)..])
        {
            var length = (int)rest[0];
            while (length > 0 && rest[length] == byte.MaxValue)
                length--;
            if (length == 0)
                continue;
            rest.CopyTo(next);
            var total = Resize(next, rest.Length, rest[0], length);

            // Upper case counts as lower case, which comes later: it is passed over.
            next[length] = (byte)(next[length] == 'A' - 1 ? 'Z' + 1 : next[length] + 1);
            return total;
        }

        next[0] = 0;
        return 1;
    }

    /// <summary>Makes the first label longer, by zeros, or shorter.</summary>
    private static int Resize(Span<byte> name, int total, int before, int after)
    {
        name[(1 + before)..total].CopyTo(name[(1 + after)..]);
        if (after > before)
            name[(1 + before)..(1 + after)].Clear();
        name[0] = (byte)after;
        return total + after - before;
    }
}
