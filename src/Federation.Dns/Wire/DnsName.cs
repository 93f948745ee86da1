using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Federation.Dns.Wire;

/// <summary>A domain name in lower case and in wire form: length-prefixed labels, ended by the empty label of the root.</summary>
/// <remarks>Names compare without regard to ASCII case (RFC 4343), hence one case inside; at most 255 bytes, labels of at most 63 (RFC 1035 section 2.3.4).</remarks>
public sealed class DnsName : IEquatable<DnsName>
{
    public const int MaxLength = 255;
    public const int MaxLabelLength = 63;

    private readonly byte[] _wire;

    private DnsName(byte[] lowerWire)
    {
        _wire = lowerWire;
        Hash = NameHash.Hash(lowerWire);
    }

    public static DnsName Root { get; } = new([0]);

    /// <summary>The wire form, the final zero included.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    public int Length => _wire.Length;

    public bool IsRoot => _wire.Length == 1;

    internal uint Hash { get; }

    /// <summary>Reads the text form: labels split by dots, a final dot allowed, <c>\.</c>, <c>\\</c> and <c>\DDD</c> as escapes (RFC 1035 section 5.1).</summary>
    /// <exception cref="FormatException">The text is no domain name.</exception>
    public static DnsName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a domain name.");

    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DnsName? name)
    {
        name = null;
        if (string.IsNullOrEmpty(text))
            return false;
        if (text == ".")
        {
            name = Root;
            return true;
        }

        Span<byte> buffer = stackalloc byte[MaxLength];
        var labelStart = 0;
        var position = 1;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.')
            {
                if (!CloseLabel(buffer, labelStart, position))
                    return false;
                labelStart = position;
                position++;
                continue;
            }

            if (!TryReadLetter(text, ref i, out var letter) || position >= MaxLength - 1)
                return false;
            buffer[position++] = letter;
        }

        // Without a final dot the last label is still open; with one, the place for the next label is the root's.
        if (position > labelStart + 1)
        {
            if (!CloseLabel(buffer, labelStart, position))
                return false;
            labelStart = position;
        }

        buffer[labelStart] = 0;
        name = FromWire(buffer[..(labelStart + 1)]);
        return true;
    }

    /// <summary>A name from its uncompressed wire form, which the caller has checked.</summary>
    internal static DnsName FromWire(ReadOnlySpan<byte> name)
    {
        var lower = new byte[name.Length];
        NameHash.LowerAndHash(name, lower);
        return new DnsName(lower);
    }

    /// <summary>This name below <paramref name="suffix"/>: <c>web.shop</c> with <c>fed.test.</c> is <c>web.shop.fed.test.</c>.</summary>
    /// <exception cref="FormatException">The joined name is too long.</exception>
    public DnsName Under(DnsName suffix)
    {
        ArgumentNullException.ThrowIfNull(suffix);
        if (_wire.Length - 1 + suffix._wire.Length > MaxLength)
            throw new FormatException($"'{this}' below '{suffix}' is longer than {MaxLength} bytes.");
        return new DnsName([.. _wire.AsSpan(..^1), .. suffix._wire]);
    }

    /// <summary>The name without its first label; the root is its own parent.</summary>
    public DnsName Parent => IsRoot ? this : new DnsName(_wire[(_wire[0] + 1)..]);

    /// <summary>Whether this name is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsAtOrBelow(DnsName ancestor)
    {
        ArgumentNullException.ThrowIfNull(ancestor);
        var offset = _wire.Length - ancestor._wire.Length;
        return offset >= 0 && _wire.AsSpan(offset).SequenceEqual(ancestor._wire) && IsLabelStart(_wire, offset);
    }

    /// <summary>Whether a label of <paramref name="name"/> begins at <paramref name="offset"/>: a suffix of equal bytes alone may begin inside a label.</summary>
    internal static bool IsLabelStart(ReadOnlySpan<byte> name, int offset)
    {
        var position = 0;
        while (position < offset)
            position += name[position] + 1;
        return position == offset;
    }

    public bool Equals(DnsName? other) => other is not null && Hash == other.Hash && _wire.AsSpan().SequenceEqual(other._wire);

    public override bool Equals(object? obj) => Equals(obj as DnsName);

    public override int GetHashCode() => (int)Hash;

    /// <summary>The absolute text form, with the final dot and with escapes where a byte is neither a printable letter nor plain.</summary>
    public override string ToString()
    {
        if (IsRoot)
            return ".";
        var text = new StringBuilder(_wire.Length);
        for (var position = 0; _wire[position] != 0; position += _wire[position] + 1)
        {
            foreach (var letter in _wire.AsSpan(position + 1, _wire[position]))
                AppendLetter(text, letter);
            text.Append('.');
        }

        return text.ToString();
    }

    private static void AppendLetter(StringBuilder text, byte letter)
    {
        if (letter is (byte)'.' or (byte)'\\' or (byte)'"' or (byte)';' or (byte)'(' or (byte)')' or (byte)'@' or (byte)'$')
            text.Append('\\').Append((char)letter);
        else if (letter is > 0x20 and < 0x7F)
            text.Append((char)letter);
        else
            text.Append('\\').Append(letter.ToString("D3", CultureInfo.InvariantCulture));
    }

    private static bool CloseLabel(Span<byte> buffer, int labelStart, int position)
    {
        var length = position - labelStart - 1;
        if (length is 0 or > MaxLabelLength)
            return false;
        buffer[labelStart] = (byte)length;
        return position < MaxLength;
    }

    private static bool TryReadLetter(string text, ref int index, out byte letter)
    {
        letter = 0;
        var character = text[index];
        if (character != '\\')
        {
            letter = (byte)character;
            return character is > ' ' and < (char)0x7F;
        }

        if (index + 3 < text.Length && byte.TryParse(text.AsSpan(index + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out letter))
        {
            index += 3;
            return true;
        }

        if (++index >= text.Length || text[index] is <= ' ' or >= (char)0x7F || char.IsAsciiDigit(text[index]))
            return false;
        letter = (byte)text[index];
        return true;
    }
}
