using System.Buffers.Binary;

namespace Federation.Dns.Wire;

/// <summary>The options of EDNS that mean something here, by their numbers in the IANA registry.</summary>
internal enum EdnsOption : ushort
{
    ServerId = 3,
    ClientSubnet = 8,
    Cookie = 10,
    Keepalive = 11,
    Padding = 12,

    /// <summary>Says in a response why (RFC 8914).</summary>
    ExtendedError = 15,
}

/// <summary>Reads the options of a query's OPT record. Of an option that comes twice the first counts; unknown ones are passed over.</summary>
internal static class EdnsOptionReader
{
    public const int HeadLength = 4;

    private const int SubnetHeadLength = 4;

    /// <returns>False: an option is cut off or malformed.</returns>
    /// <param name="packet">The query.</param>
    /// <param name="at">Where its options begin.</param>
    /// <param name="length">Of all options; they lie inside the packet.</param>
    /// <param name="edns">Where to note them.</param>
    public static bool TryRead(ReadOnlySpan<byte> packet, int at, int length, ref EdnsQuery edns)
    {
        var end = at + length;
        while (at < end)
        {
            if (end - at < HeadLength)
                return false;
            var option = (EdnsOption)BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);
            int size = BinaryPrimitives.ReadUInt16BigEndian(packet[(at + 2)..]);
            at += HeadLength;
            if (end - at < size || !TryRead(option, packet, at, size, ref edns))
                return false;
            at += size;
        }

        return true;
    }

    private static bool TryRead(EdnsOption option, ReadOnlySpan<byte> packet, int at, int size, ref EdnsQuery edns)
    {
        switch (option)
        {
            case EdnsOption.Cookie:
                if (size is not (8 or (>= 16 and <= 40)))
                    return false; // RFC 7873 section 5.2.2
                if (!edns.HasCookie)
                    (edns.CookieAt, edns.CookieLength) = (at, size);
                return true;
            case EdnsOption.ClientSubnet:
                return TryReadSubnet(packet.Slice(at, size), at, ref edns.Subnet);
            case EdnsOption.ServerId:
                edns.WantsServerId = true;
                return true;
            case EdnsOption.Keepalive:
                edns.WantsKeepalive = true;
                return true;
            case EdnsOption.Padding:
                edns.WantsPadding = true;
                return true;
            default:
                return true;
        }
    }

    /// <summary>Family, bits given, bits covered, then as many bytes as the bits given need, zero after them (RFC 7871 sections 6 and 7.1.2).</summary>
    private static bool TryReadSubnet(ReadOnlySpan<byte> data, int at, ref ClientSubnet subnet)
    {
        if (data.Length < SubnetHeadLength)
            return false;
        var family = BinaryPrimitives.ReadUInt16BigEndian(data);
        var bits = data[2];
        var most = family switch { 0 => 0, 1 => 32, 2 => 128, _ => -1 };
        var address = data[SubnetHeadLength..];
        if (bits > most || data[3] != 0 || address.Length != (bits + 7) / 8)
            return false;
        if (bits % 8 != 0 && (address[^1] & (0xFF >> (bits % 8))) != 0)
            return false;
        if (subnet.IsPresent)
            return true;

        Span<byte> whole = stackalloc byte[16];
        whole.Clear();
        address.CopyTo(whole);
        subnet.IsPresent = true;
        subnet.SourceBits = bits;
        subnet.Address = ClientAddress.FromBytes(family == 2 ? whole : whole[..4]);
        subnet.At = at;
        subnet.Length = data.Length;
        return true;
    }
}
