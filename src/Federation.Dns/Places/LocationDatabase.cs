using System.Buffers.Binary;
using System.Text;
using Federation.Api.Regions;

namespace Federation.Dns.Places;

/// <summary>A file in MaxMind's DB format (version 2): from networks to records about where they are.</summary>
/// <remarks>
/// A binary tree over the bits of an address, whose leaves point into a section of typed values. Only what leads to a country or a location is read of a record.
/// </remarks>
internal sealed class LocationDatabase
{
    /// <summary>Between the tree and the data.</summary>
    private const int Gap = 16;

    private const int LongestMetadata = 128 * 1024;

    private const int Levels = 128;

    /// <summary>Where the levels of IPv4 begin.</summary>
    private const int FourBits = 96;

    private const long NoNode = -1;

    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;

    private static readonly byte[] MetadataMark = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];

    private readonly byte[] _file;
    private readonly long _nodes;
    private readonly int _recordBits;
    private readonly int _data;

    private LocationDatabase(byte[] file, long nodes, int recordBits, bool isSix, string type)
    {
        _file = file;
        _nodes = nodes;
        _recordBits = recordBits;
        _data = (int)(nodes * recordBits / 4) + Gap;
        IsSix = isSix;
        Type = type;
    }

    /// <summary>Whether the tree has 128 levels, with IPv4 below the 96 zero bits.</summary>
    public bool IsSix { get; }

    /// <summary>Such as <c>GeoLite2-City</c>.</summary>
    public string Type { get; }

    /// <exception cref="InvalidDataException">It is no such file; the message says why.</exception>
    public static LocationDatabase Open(byte[] file)
    {
        var tail = file.AsSpan(Math.Max(0, file.Length - LongestMetadata));
        var mark = tail.LastIndexOf(MetadataMark);
        if (mark < 0)
            throw new InvalidDataException("it has no MaxMind DB metadata");
        var values = new LocationValues(file, file.Length - tail.Length + mark + MetadataMark.Length);
        var (nodes, bits, version, type) = (0L, 0L, 0L, "");
        values.ReadMap(0, (key, at) =>
        {
            switch (key)
            {
                case "node_count":
                    nodes = values.ReadNumber(at);
                    break;
                case "record_size":
                    bits = values.ReadNumber(at);
                    break;
                case "ip_version":
                    version = values.ReadNumber(at);
                    break;
                case "database_type":
                    type = values.ReadText(at) ?? "";
                    break;
            }
        });
        if (bits is not (24 or 28 or 32) || version is not (4 or 6))
            throw new InvalidDataException($"records of {bits} bits for IP version {version} cannot be read");
        if (nodes <= 0 || (nodes * bits / 4) + Gap > file.Length)
            throw new InvalidDataException($"it is too short for {nodes} nodes");
        return new LocationDatabase(file, nodes, (int)bits, version == 6, type);
    }

    /// <summary>Every network that has a record, IPv4 within IPv6 as <see cref="Wire.ClientAddress"/> has it.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public IEnumerable<(UInt128 First, int PrefixLength, int Record)> Networks()
    {
        var four = RootOfFour();
        foreach (var (bits, depth, record) in Walk(four, FourBits, 0, except: NoNode))
            yield return (bits | Mapped, depth, record);
        if (!IsSix)
            yield break;
        // Many trees repeat IPv4 under other prefixes (6to4, Teredo); that is no knowledge about those networks.
        foreach (var network in Walk(0, 0, 0, except: four))
            yield return network;
    }

    /// <summary>What a record says of a place.</summary>
    /// <param name="record">As the networks name it.</param>
    public (string? Country, GeoLocation? Location) Read(int record)
    {
        var values = new LocationValues(_file, _data);
        var (country, latitude, longitude) = ((string?)null, (double?)null, (double?)null);
        values.ReadMap(record, (key, at) =>
        {
            if (key == "country")
                values.ReadMap(at, (name, value) => country = name == "iso_code" ? values.ReadText(value) : country);
            else if (key == "location")
                values.ReadMap(at, (name, value) =>
                {
                    latitude = name == "latitude" ? values.ReadDouble(value) : latitude;
                    longitude = name == "longitude" ? values.ReadDouble(value) : longitude;
                });
        });
        var isPlace = Math.Abs(latitude ?? double.NaN) <= 90 && Math.Abs(longitude ?? double.NaN) <= 180;
        return (country, isPlace ? new GeoLocation { Latitude = latitude, Longitude = longitude } : null);
    }

    private long RootOfFour()
    {
        long node = 0;
        for (var depth = 0; IsSix && depth < FourBits && node < _nodes; depth++)
            node = Child(node, 0);
        return node;
    }

    private IEnumerable<(UInt128 Bits, int Depth, int Record)> Walk(long root, int depth, UInt128 bits, long except)
    {
        var open = new Stack<(long Node, int Depth, UInt128 Bits)>();
        open.Push((root, depth, bits));
        while (open.TryPop(out var at))
        {
            if (at.Node == except || at.Node == _nodes)
                continue;
            if (at.Node > _nodes)
            {
                yield return (at.Bits, at.Depth, checked((int)(at.Node - _nodes - Gap)));
                continue;
            }

            if (at.Depth >= Levels)
                throw new InvalidDataException("its tree is deeper than an address is long");
            open.Push((Child(at.Node, 1), at.Depth + 1, at.Bits | (UInt128.One << (Levels - 1 - at.Depth))));
            open.Push((Child(at.Node, 0), at.Depth + 1, at.Bits));
        }
    }

    private long Child(long node, int side)
    {
        var at = _file.AsSpan((int)(node * _recordBits / 4));
        return _recordBits switch
        {
            24 => (at[3 * side] << 16) | (at[(3 * side) + 1] << 8) | at[(3 * side) + 2],
            28 when side == 0 => ((at[3] & 0xF0) << 20) | (at[0] << 16) | (at[1] << 8) | at[2],
            28 => ((at[3] & 0x0F) << 24) | (at[4] << 16) | (at[5] << 8) | at[6],
            _ => BinaryPrimitives.ReadUInt32BigEndian(at[(4 * side)..]),
        };
    }
}

/// <summary>The typed values of such a file.</summary>
/// <param name="file">All of it.</param>
/// <param name="start">Where the section begins that offsets and pointers count from.</param>
internal readonly struct LocationValues(byte[] file, int start)
{
    private const int MostNested = 32;

    private enum Kind
    {
        Extended = 0,
        Pointer = 1,
        Text = 2,
        Double = 3,
        Map = 7,
        Array = 11,
        Boolean = 14,
        Float = 15,
    }

    /// <summary>Calls back for each entry of a map with the place of its value; for anything else not at all.</summary>
    public void ReadMap(int at, Action<string, int> entry)
    {
        var (kind, size, value) = Follow(at);
        if (kind != Kind.Map)
            return;
        for (var i = 0; i < size; i++)
        {
            var key = ReadText(value) ?? throw Broken();
            value = After(value, 0);
            entry(key, value);
            value = After(value, 0);
        }
    }

    /// <returns>Null: it is no text.</returns>
    public string? ReadText(int at)
    {
        var (kind, size, value) = Follow(at);
        return kind == Kind.Text ? Encoding.UTF8.GetString(Bytes(value, size)) : null;
    }

    public double? ReadDouble(int at) => Follow(at) switch
    {
        (Kind.Double, 8, var value) => BinaryPrimitives.ReadDoubleBigEndian(Bytes(value, 8)),
        (Kind.Float, 4, var value) => BinaryPrimitives.ReadSingleBigEndian(Bytes(value, 4)),
        _ => null,
    };

    /// <summary>Any unsigned integer of up to 8 bytes; anything else is 0.</summary>
    public long ReadNumber(int at)
    {
        var (kind, size, value) = Follow(at);
        if ((int)kind is not (5 or 6 or 9) || size > 8)
            return 0;
        long number = 0;
        foreach (var digit in Bytes(value, size))
            number = (number << 8) | digit;
        return number;
    }

    /// <summary>The value itself, behind a pointer if there is one.</summary>
    private (Kind Kind, int Size, int At) Follow(int at)
    {
        var head = Head(at);
        if (head.Kind != Kind.Pointer)
            return head;
        // A pointer to a pointer is not allowed, so this ends.
        head = Head(head.Size);
        return head.Kind == Kind.Pointer ? throw Broken() : head;
    }

    /// <summary>Where the next value begins.</summary>
    private int After(int at, int nested)
    {
        if (nested > MostNested)
            throw Broken();
        var (kind, size, value) = Head(at);
        if (kind is not (Kind.Map or Kind.Array))
            return kind is Kind.Pointer or Kind.Boolean ? value : value + size;
        for (var i = 0; i < (kind == Kind.Map ? 2 * size : size); i++)
            value = After(value, nested + 1);
        return value;
    }

    /// <summary>What kind of value begins here, how long it is (of a pointer: where it points to), and where its bytes begin.</summary>
    private (Kind Kind, int Size, int At) Head(int at)
    {
        var control = Bytes(at++, 1)[0];
        var kind = (Kind)(control >> 5);
        if (kind == Kind.Pointer)
            return Pointer(control, at);
        if (kind == Kind.Extended)
            kind = (Kind)(7 + Bytes(at++, 1)[0]);
        var size = control & 0x1F;
        if (size < 29)
            return (kind, size, at);
        var more = size - 28;
        var number = 0;
        foreach (var digit in Bytes(at, more))
            number = (number << 8) | digit;
        return (kind, number + (more switch { 1 => 29, 2 => 285, _ => 65821 }), at + more);
    }

    private (Kind Kind, int Size, int At) Pointer(int control, int at)
    {
        var more = ((control >> 3) & 3) + 1;
        var bytes = Bytes(at, more);
        var number = more == 4 ? 0 : control & 7;
        foreach (var digit in bytes)
            number = (number << 8) | digit;
        return (Kind.Pointer, number + (more switch { 2 => 2048, 3 => 526336, _ => 0 }), at + more);
    }

    private ReadOnlySpan<byte> Bytes(int at, int length) =>
        at >= 0 && length >= 0 && (long)start + at + length <= file.Length ? file.AsSpan(start + at, length) : throw Broken();

    private static InvalidDataException Broken() => new("a value in it is broken");
}
