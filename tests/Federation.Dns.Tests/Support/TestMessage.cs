using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Federation.Dns.Tests.Support;

/// <summary>Makes queries and reads responses without the product's codec, so that it can judge it.</summary>
internal static class TestMessage
{
    private static readonly Dictionary<string, int> Types = new()
    {
        ["A"] = 1,
        ["NS"] = 2,
        ["CNAME"] = 5,
        ["SOA"] = 6,
        ["PTR"] = 12,
        ["MX"] = 15,
        ["TXT"] = 16,
        ["AAAA"] = 28,
        ["SRV"] = 33,
        ["OPT"] = 41,
        ["DS"] = 43,
        ["RRSIG"] = 46,
        ["NSEC"] = 47,
        ["DNSKEY"] = 48,
        ["CDS"] = 59,
        ["CDNSKEY"] = 60,
        ["IXFR"] = 251,
        ["AXFR"] = 252,
        ["ANY"] = 255,
        ["CAA"] = 257,
    };

    private static readonly Dictionary<string, int> Classes = new() { ["IN"] = 1, ["CH"] = 3, ["ANYCLASS"] = 255 };

    /// <param name="edns">The OPT record's size, version and DO bit; null: none.</param>
    public static byte[] Query(string name, string type, string @class = "IN", ushort id = 0x1234, byte flags = 1, (ushort Size, byte Version, bool Do)? edns = null, byte[]? options = null, bool compactOk = false)
    {
        var bytes = new List<byte> { (byte)(id >> 8), (byte)id, flags, 0, 0, 1, 0, 0, 0, 0, 0, (byte)(edns is null ? 0 : 1) };
        bytes.AddRange(WireName(name));
        var number = Types.TryGetValue(type, out var known) ? known : int.Parse(type.AsSpan(4), CultureInfo.InvariantCulture); // TYPE65
        bytes.AddRange([(byte)(number >> 8), (byte)number, 0, (byte)Classes[@class]]);
        if (edns is var (size, version, wantsSignatures))
        {
            options ??= [];
            bytes.AddRange([0, 0, 41, (byte)(size >> 8), (byte)size, 0, version, (byte)((wantsSignatures ? 0x80 : 0) | (compactOk ? 0x40 : 0)), 0, (byte)(options.Length >> 8), (byte)options.Length, .. options]);
        }

        return [.. bytes];
    }

    public static string NameOf(int type) => Types.FirstOrDefault(known => known.Value == type).Key ?? $"TYPE{type}";

    /// <summary>A name with <c>\.</c> and <c>\DDD</c> as escapes.</summary>
    public static byte[] WireName(string name)
    {
        var bytes = new List<byte>();
        var label = new List<byte>();
        void Close()
        {
            if (label.Count > 0)
                bytes.AddRange([(byte)label.Count, .. label]);
            label.Clear();
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '.')
                Close();
            else if (name[i] == '\\' && char.IsAsciiDigit(name[i + 1]))
                label.Add(byte.Parse(name.AsSpan((i += 3) - 2, 3), CultureInfo.InvariantCulture));
            else
                label.Add((byte)(name[i] == '\\' ? name[++i] : name[i]));
        }

        Close();
        bytes.Add(0);
        return [.. bytes];
    }

    public static Response Read(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());
}

/// <summary>A response taken apart. Every byte of it must be accounted for.</summary>
internal sealed class Response
{
    private readonly byte[] _message;

    public Response(byte[] message)
    {
        _message = message;
        var offset = 12;
        for (var i = 0; i < UInt16(4); i++)
        {
            Question = Name(ref offset) + " " + UInt16(offset) + " " + UInt16(offset + 2);
            offset += 4;
        }

        Answers = Section(UInt16(6), ref offset);
        Authorities = Section(UInt16(8), ref offset);
        Additionals = Section(UInt16(10), ref offset);
        offset.ShouldBe(message.Length);
    }

    public ushort Id => UInt16(0);

    public string? Question { get; }

    public bool IsResponse => (_message[2] & 0x80) != 0;

    public int Opcode => (_message[2] >> 3) & 15;

    public bool IsAuthoritative => (_message[2] & 4) != 0;

    public bool IsTruncated => (_message[2] & 2) != 0;

    public bool RecursionDesired => (_message[2] & 1) != 0;

    public int Flags2 => _message[3] & 0xF0;

    public int Code => (_message[3] & 15) | (Opt is { } opt ? opt.ExtendedCode << 4 : 0);

    public string Status => Code switch
    {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        9 => "NOTAUTH",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        _ => $"RCODE{Code}",
    };

    public List<string> Answers { get; }

    public List<string> Authorities { get; }

    public List<string> Additionals { get; }

    public (ushort Size, int ExtendedCode, int Version, int Flags)? Opt { get; private set; }

    /// <summary>The options of the OPT record, by number; the data in hexadecimal digits.</summary>
    public Dictionary<int, string> Options { get; } = [];

    /// <summary>The addresses of the answer, in its order.</summary>
    public List<string> Addresses => [.. Answers.Select(answer => answer.Split(' ')[^1])];

    private List<string> Section(int count, ref int offset)
    {
        var records = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var owner = Name(ref offset);
            var type = UInt16(offset);
            var @class = UInt16(offset + 2);
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(offset + 4));
            var length = UInt16(offset + 8);
            offset += 10;
            var end = offset + length;
            if (type == 41)
            {
                owner.ShouldBe(".");
                Opt.ShouldBeNull();
                Opt = (@class, (int)(ttl >> 24), (int)(ttl >> 16) & 255, (int)(ttl & 0xFFFF));
                while (offset < end)
                {
                    Options.Add(UInt16(offset), Convert.ToHexString(_message, offset + 4, UInt16(offset + 2)));
                    offset += 4 + UInt16(offset + 2);
                }

                offset.ShouldBe(end);
            }
            else
            {
                @class.ShouldBe((ushort)(Question?.EndsWith(" 3", StringComparison.Ordinal) == true ? 3 : 1));
                records.Add($"{owner} {ttl} {Data(type, offset, length)}");
            }

            offset = end;
        }

        return records;
    }

    private string Data(int type, int offset, int length)
    {
        var end = offset + length;
        string text;
        switch (type)
        {
            case 1 or 28:
                return $"{(type == 1 ? "A" : "AAAA")} {new IPAddress(_message.AsSpan(offset, length))}";
            case 2 or 5 or 12:
                text = $"{type switch { 2 => "NS", 5 => "CNAME", _ => "PTR" }} {Name(ref offset)}";
                break;
            case 15:
                text = $"MX {UInt16(offset)} ";
                offset += 2;
                text += Name(ref offset);
                break;
            case 43:
                return $"DS {UInt16(offset)} {_message[offset + 2]} {_message[offset + 3]} {Convert.ToHexString(_message, offset + 4, length - 4)}";
            case 46:
                var covered = UInt16(offset);
                text = $"RRSIG {TypeName(covered)} {_message[offset + 2]} {_message[offset + 3]} {BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(offset + 4))} {UInt16(offset + 16)}";
                offset += 18;
                text += $" {Name(ref offset)}";
                (end - offset).ShouldBe(64);
                return text;
            case 47:
                text = $"NSEC {Name(ref offset)}";
                while (offset < end)
                {
                    for (var bit = 0; bit < _message[offset + 1] * 8; bit++)
                        text += (_message[offset + 2 + (bit / 8)] & (0x80 >> (bit % 8))) == 0 ? "" : $" {TypeName((_message[offset] << 8) + bit)}";
                    offset += 2 + _message[offset + 1];
                }

                break;
            case 257:
                var tag = _message[offset + 1];
                return $"CAA {_message[offset]} {Encoding.ASCII.GetString(_message, offset + 2, tag)} \"{Encoding.ASCII.GetString(_message, offset + 2 + tag, length - 2 - tag)}\"";
            case 6:
                text = $"SOA {Name(ref offset)} {Name(ref offset)}";
                for (var i = 0; i < 5; i++, offset += 4)
                    text += " " + BinaryPrimitives.ReadUInt32BigEndian(_message.AsSpan(offset));
                break;
            case 16:
                text = "TXT";
                while (offset < end)
                {
                    text += $" \"{Encoding.Latin1.GetString(_message, offset + 1, _message[offset])}\"";
                    offset += 1 + _message[offset];
                }

                break;
            case 33:
                text = $"SRV {UInt16(offset)} {UInt16(offset + 2)} {UInt16(offset + 4)} ";
                offset += 6;
                text += Name(ref offset);
                break;
            default:
                return $"TYPE{type} \\# {length} {Convert.ToHexString(_message, offset, length)}";
        }

        offset.ShouldBe(end);
        return text;
    }

    private static string TypeName(int type) => TestMessage.NameOf(type);

    private ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(_message.AsSpan(offset));

    private string Name(ref int offset)
    {
        var text = "";
        var at = offset;
        var jumped = false;
        while (_message[at] != 0)
        {
            if (_message[at] >= 0xC0)
            {
                var target = UInt16(at) & 0x3FFF;
                target.ShouldBeLessThan(at);
                if (!jumped)
                    offset = at + 2;
                jumped = true;
                at = target;
                continue;
            }

            foreach (var letter in _message.AsSpan(at + 1, _message[at]))
                text += letter is (byte)'.' or (byte)'\\' ? $"\\{(char)letter}" : letter is > 0x20 and < 0x7F ? ((char)letter).ToString() : $"\\{letter:D3}";
            text += ".";
            at += _message[at] + 1;
        }

        if (!jumped)
            offset = at + 1;
        return text.Length == 0 ? "." : text;
    }
}
