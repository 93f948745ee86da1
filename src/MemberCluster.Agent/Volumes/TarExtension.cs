using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace MemberCluster.Agent.Volumes;

/// <summary>What extended headers say about the entry that follows them: it counts before what its own header says.</summary>
internal sealed class TarExtension
{
    private const string AttributePrefix = "SCHILY.xattr.";

    private readonly List<(string Name, byte[] Value)> _attributes = [];
    private byte[]? _path;
    private byte[]? _target;
    private string? _modified;
    private long? _size;
    private long? _owner;
    private long? _group;

    /// <summary>pax, and GNU's long name and long target.</summary>
    public static bool Is(byte type) => type is (byte)'x' or (byte)'L' or (byte)'K';

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public void Add(byte type, ReadOnlySpan<byte> content)
    {
        if (type == (byte)'L')
            _path = content.TrimEnd((byte)0).ToArray();
        else if (type == (byte)'K')
            _target = content.TrimEnd((byte)0).ToArray();
        else
            AddRecords(content);
    }

    public TarEntry Complete(TarHeader header, ReadOnlyMemory<byte> bytes) => new(bytes)
    {
        Path = [.. (_path ?? header.Path).AsSpan().TrimEnd((byte)'/')],
        Type = header.Type,
        Size = _size ?? header.Size,
        Mode = header.Mode & 0xfff,
        Owner = _owner ?? header.Owner,
        Group = _group ?? header.Group,
        Modified = _modified ?? header.Modified.ToString(CultureInfo.InvariantCulture),
        Target = _target ?? header.Target,
        Device = (header.Major, header.Minor),
        Attributes = [.. _attributes.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)],
    };

    /// <summary>Each is <c>length key=value\n</c>; the length counts all of it.</summary>
    private void AddRecords(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            if (space <= 0 || !Utf8Parser.TryParse(content[..space], out int length, out var used) || used != space || length <= space + 1 || length > content.Length)
                throw new InvalidDataException("an extended header of the tar is malformed");
            var record = content[(space + 1)..length].TrimEnd((byte)'\n');
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
                throw new InvalidDataException("an extended header of the tar is malformed");
            AddRecord(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..]);
            content = content[length..];
        }
    }

    private void AddRecord(string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "path":
                _path = value.ToArray();
                break;
            case "linkpath":
                _target = value.ToArray();
                break;
            case "mtime":
                _modified = Encoding.ASCII.GetString(value);
                break;
            case "size":
                _size = Number(value);
                break;
            case "uid":
                _owner = Number(value);
                break;
            case "gid":
                _group = Number(value);
                break;
            default:
                if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
                    _attributes.Add((key[AttributePrefix.Length..], value.ToArray()));
                break;
        }
    }

    private static long Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length && number >= 0 ? number : throw new InvalidDataException("a number in the tar is none");
}
