using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Federation.Dns.Tests.Support;

/// <summary>Writes small files in MaxMind's DB format: a tree of networks, and records with a country and a location.</summary>
internal sealed class LocationFile
{
    private readonly int _recordSize;
    private readonly int _version;
    private readonly List<int[]> _nodes = [[Nothing, Nothing]];
    private readonly List<byte> _data = [];

    private const int Nothing = -1;

    public LocationFile(int recordSize, int version)
    {
        _recordSize = recordSize;
        _version = version;
        // Shared text, so that records have pointers.
        _data.AddRange(Text("iso_code"));
    }

    public LocationFile Add(string network, string country, double? latitude = null, double? longitude = null)
    {
        var parsed = IPNetwork.Parse(network);
        var address = parsed.BaseAddress.GetAddressBytes();
        var isFour = address.Length == 4;
        var bits = isFour && _version == 6 ? (byte[])[.. new byte[12], .. address] : address;
        Put(bits, parsed.PrefixLength + (isFour && _version == 6 ? 96 : 0), _data.Count);
        Write(country, latitude, longitude);
        return this;
    }

    public byte[] ToArray()
    {
        if (_version == 6)
            Alias();
        var tree = new List<byte>();
        foreach (var node in _nodes)
            tree.AddRange(Pair(Value(node[0]), Value(node[1])));
        byte[] metadata =
        [
            0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8,
            0xE4, // a map of four
            .. Text("node_count"), 0xC4, .. Number(_nodes.Count),
            .. Text("record_size"), 0xA1, (byte)_recordSize,
            .. Text("ip_version"), 0xA1, (byte)_version,
            .. Text("database_type"), .. Text("Test-City"),
        ];
        return [.. tree, .. new byte[16], .. _data, .. metadata];
    }

    /// <summary>6to4 leads to the IPv4 tree again, as real files have it.</summary>
    private void Alias()
    {
        var four = 0;
        for (var i = 0; i < 96 && four >= 0; i++)
            four = _nodes[four][0];
        if (four < 0)
            return;
        var node = 0;
        for (var i = 0; i < 15; i++)
            node = Child(node, (0x2002 >> (15 - i)) & 1);
        _nodes[node][0x2002 & 1] = four;
    }

    private void Put(byte[] address, int length, int record)
    {
        var node = 0;
        for (var i = 0; i < length - 1; i++)
            node = Child(node, Bit(address, i));
        _nodes[node][Bit(address, length - 1)] = -2 - record;
    }

    private int Child(int node, int side)
    {
        if (_nodes[node][side] == Nothing)
        {
            _nodes.Add([Nothing, Nothing]);
            _nodes[node][side] = _nodes.Count - 1;
        }

        return _nodes[node][side];
    }

    private static int Bit(byte[] address, int i) => (address[i / 8] >> (7 - (i % 8))) & 1;

    private long Value(int child) => child switch
    {
        Nothing => _nodes.Count,
        < Nothing => _nodes.Count + 16 + (-2 - child),
        _ => child,
    };

    private byte[] Pair(long left, long right) => _recordSize switch
    {
        24 => [(byte)(left >> 16), (byte)(left >> 8), (byte)left, (byte)(right >> 16), (byte)(right >> 8), (byte)right],
        28 => [(byte)(left >> 16), (byte)(left >> 8), (byte)left, (byte)(((left >> 20) & 0xF0) | (right >> 24)), (byte)(right >> 16), (byte)(right >> 8), (byte)right],
        _ => [.. Number((int)left), .. Number((int)right)],
    };

    private void Write(string country, double? latitude, double? longitude)
    {
        _data.Add((byte)(0xE0 | (latitude is null ? 2 : 3)));
        _data.AddRange([.. Text("country"), 0xE2, 0x20, 0, .. Text(country), .. Text("names"), 0xE0]);
        _data.AddRange([.. Text("an array"), 0x03, 0x04, .. Text("a"), 0x01, 0x07, 0xC2, 1, 2]); // of text, true and 258
        if (latitude is { } north && longitude is { } east)
            _data.AddRange([.. Text("location"), 0xE2, .. Text("latitude"), 0x68, .. Double(north), .. Text("longitude"), 0x68, .. Double(east)]);
    }

    private static byte[] Text(string text) => [(byte)(0x40 | text.Length), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Double(double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return bytes;
    }
}
