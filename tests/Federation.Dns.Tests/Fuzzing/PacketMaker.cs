using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Fuzzing;

/// <summary>Packets from nothing, and good queries made bad, by a seed.</summary>
internal sealed class PacketMaker(int seed)
{
    private static readonly string[] Names = ["web", "www", "x.wild", "host.child", "circle1", "big", "biggest", "nope", "a.b.c.d", "a\\.b", "x.y.z.double", "childalias"];
    private static readonly string[] Types = ["A", "AAAA", "NS", "CNAME", "SOA", "TXT", "MX", "ANY", "DS", "AXFR", "TYPE65280"];

    /// <summary>Options as clients send them, cut off, too long, twice.</summary>
    private static readonly string[] Options =
        ["", "00030000", "0008000700011800CB0071", "0008000400010000", "000A00080102030405060708", "000A001001020304050607080102030405060708", "000B0000", "000C000400000000", "000A0009010203040506070809", "0008000700012000CB0071", "FFFFFFFF", "0003"];

    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public byte[] Make()
    {
        var packet = _random.Next(20) == 0 ? Noise(_random.Next(600)) : Query();
        for (var changes = _random.Next(4); changes > 0 && packet.Length > 0; changes--)
            packet = Change(packet);
        return packet;
    }

    /// <summary>The packet with one to three mistakes.</summary>
    public byte[] Spoil(byte[] packet)
    {
        for (var changes = 1 + _random.Next(3); changes > 0 && packet.Length > 0; changes--)
            packet = Change(packet);
        return packet;
    }

    public byte[] Noise(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Query()
    {
        var options = string.Concat(Enumerable.Range(0, _random.Next(4)).Select(_ => Options[_random.Next(Options.Length)]));
        return TestMessage.Query(
            $"{Names[_random.Next(Names.Length)]}.example.org",
            Types[_random.Next(Types.Length)],
            flags: (byte)_random.Next(2),
            edns: _random.Next(3) == 0 ? null : ((ushort)_random.Next(4096), (byte)(_random.Next(20) == 0 ? 1 : 0), true),
            options: Convert.FromHexString(options));
    }

    private byte[] Change(byte[] packet)
    {
        var at = _random.Next(packet.Length);
        switch (_random.Next(8))
        {
            case 0: // cut off
                return packet[..at];
            case 1: // goes on
                return [.. packet, .. Noise(_random.Next(40))];
            case 2: // a piece of it twice
                return [.. packet[..at], .. packet[_random.Next(at + 1)..], .. packet[at..]];
            case 3: // a pointer, also to itself and to what comes later
                if (at + 1 < packet.Length)
                    (packet[at], packet[at + 1]) = ((byte)(0xC0 | _random.Next(2)), (byte)(_random.Next(2) == 0 ? at : _random.Next(256)));
                return packet;
            case 4: // other counts in the header
                if (packet.Length > 11)
                    packet[5 + (2 * _random.Next(4))] = (byte)_random.Next(4);
                return packet;
            case 5: // the longest lengths
                packet[at] = 0xFF;
                return packet;
            default:
                packet[at] ^= (byte)(1 << _random.Next(8));
                return packet;
        }
    }
}
