using Federation.Dns.Wire;

namespace Federation.Dns.Signing;

/// <summary>Which types a name has, as an NSEC record says it (RFC 4034 section 4.1.2).</summary>
internal static class TypeBitmap
{
    private const int WindowBytes = 32;

    public static byte[] Of(IEnumerable<RecordType> types)
    {
        var bytes = new List<byte>();
        foreach (var window in types.Distinct().GroupBy(type => (ushort)type >> 8).OrderBy(window => window.Key))
        {
            var bits = new byte[WindowBytes];
            foreach (var type in window)
                bits[((ushort)type & 0xFF) / 8] |= (byte)(0x80 >> ((ushort)type & 7));
            var length = WindowBytes;
            while (bits[length - 1] == 0)
                length--;
            bytes.AddRange([(byte)window.Key, (byte)length, .. bits[..length]]);
        }

        return [.. bytes];
    }
}
