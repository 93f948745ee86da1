using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Federation.Api.Zones.Files;

/// <summary>What the data of each record type is made of, and how its fields are read.</summary>
internal static class RecordSyntax
{
    private const string GenericMark = "\\#";
    private const int LongestText = 255;
    private const int LongestData = ushort.MaxValue;

    private enum Field
    {
        IPv4,
        IPv6,
        Name,
        Byte,
        UInt16,
        UInt32,
        Period,
        Tag,
        Text,

        /// <summary>One text or more, to the end.</summary>
        Texts,

        /// <summary>Hexadecimal digits, to the end.</summary>
        Bytes,
    }

    private static readonly Dictionary<string, Field[]> Types = new()
    {
        ["A"] = [Field.IPv4],
        ["AAAA"] = [Field.IPv6],
        ["NS"] = [Field.Name],
        ["CNAME"] = [Field.Name],
        ["PTR"] = [Field.Name],
        ["MX"] = [Field.UInt16, Field.Name],
        ["TXT"] = [Field.Texts],
        ["SRV"] = [Field.UInt16, Field.UInt16, Field.UInt16, Field.Name],
        ["CAA"] = [Field.Byte, Field.Tag, Field.Text],
        ["DS"] = [Field.UInt16, Field.Byte, Field.Byte, Field.Bytes],
        ["SOA"] = [Field.Name, Field.Name, Field.UInt32, Field.Period, Field.Period, Field.Period, Field.Period],
    };

    /// <summary>By number: types that have a syntax of their own, or change how other names are answered, or are no data.</summary>
    private static readonly HashSet<int> NotGeneric = [0, 1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41, 43, 46, 47, 48, 50, 51, 257];

    /// <param name="type">In upper case.</param>
    /// <param name="tokens">The fields after the type.</param>
    /// <param name="origin">What relative names are below.</param>
    /// <param name="data">The fields, as <see cref="ZoneFileRecord.Data"/> has them.</param>
    /// <param name="wrongField">Which field is wrong, counted from the type as 0.</param>
    /// <param name="problem">A clause about it.</param>
    public static bool TryRead(ref string type, IReadOnlyList<ZoneFileToken> tokens, string origin, out ImmutableArray<string> data, out int wrongField, [NotNullWhen(false)] out string? problem)
    {
        data = [];
        (wrongField, problem) = (0, null);
        if (!Types.TryGetValue(type, out var fields))
            return TryReadGeneric(ref type, tokens, out data, out wrongField, out problem);

        var read = ImmutableArray.CreateBuilder<string>(fields.Length);
        var at = 0;
        foreach (var field in fields)
        {
            wrongField = at + 1;
            if (at == tokens.Count)
            {
                problem = $"{type} needs {Describe(field)} here";
                return false;
            }

            var values = field is Field.Texts or Field.Bytes ? tokens.Skip(at) : [tokens[at]];
            if (field == Field.Bytes)
                values = [new ZoneFileToken(string.Concat(values.Select(value => value.Text)), IsQuoted: false, 0)];
            foreach (var value in values)
            {
                wrongField = at + 1;
                if (!TryReadField(field, value, origin, out var text, out var detail))
                {
                    problem = detail ?? $"\"{value.Text}\" is not {Describe(field)}";
                    return false;
                }

                read.Add(text);
                at++;
            }

            if (field == Field.Bytes)
                at = tokens.Count;
        }

        if (at < tokens.Count)
        {
            (wrongField, problem) = (at + 1, $"\"{tokens[at].Text}\" is more than {type} takes");
            return false;
        }

        data = read.ToImmutable();
        return true;
    }

    /// <summary>The bytes of a text: escapes resolved, one character for each byte.</summary>
    private static bool TryReadText(string text, [NotNullWhen(true)] out string? bytes)
    {
        var read = new StringBuilder(text.Length);
        bytes = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                // What is not ASCII goes as its UTF-8.
                var rune = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? text.Substring(i++, 2) : text[i].ToString();
                read.Append(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(rune)));
            }
            else if (i + 3 < text.Length && byte.TryParse(text.AsSpan(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                read.Append((char)code);
                i += 3;
            }
            else if (++i >= text.Length || char.IsAsciiDigit(text[i]))
            {
                return false;
            }
            else
            {
                read.Append(text[i]);
            }
        }

        bytes = read.ToString();
        return bytes.Length <= LongestText;
    }

    private static bool TryReadField(Field field, ZoneFileToken token, string origin, [NotNullWhen(true)] out string? value, out string? problem)
    {
        var text = token.Text;
        value = null;
        problem = null;
        switch (field)
        {
            case Field.IPv4:
                // The parser takes "1" for 0.0.0.1; what comes out must be what went in.
                value = IPAddress.TryParse(text, out var four) && four.AddressFamily == AddressFamily.InterNetwork && four.ToString() == text ? text : null;
                break;
            case Field.IPv6:
                value = IPAddress.TryParse(text, out var six) && six.AddressFamily == AddressFamily.InterNetworkV6 && !text.Contains('%') && !text.Contains('[') ? six.ToString() : null;
                break;
            case Field.Name:
                if (!DomainNameText.TryMakeAbsolute(text, origin, out value, out var detail))
                    problem = $"the name \"{text}\" {detail}";
                break;
            case Field.Byte or Field.UInt16 or Field.UInt32:
                var most = field switch { Field.Byte => byte.MaxValue, Field.UInt16 => ushort.MaxValue, _ => uint.MaxValue };
                value = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number.ToString(CultureInfo.InvariantCulture) : null;
                break;
            case Field.Period:
                value = ZoneFileReader.TryReadPeriod(text, out var seconds) ? seconds.ToString(CultureInfo.InvariantCulture) : null;
                break;
            case Field.Tag:
                value = text.Length is > 0 and <= 15 && text.All(char.IsAsciiLetterOrDigit) ? text : null;
                break;
            case Field.Text or Field.Texts:
                value = TryReadText(text, out var bytes) ? bytes : null;
                break;
            case Field.Bytes:
                value = text.Length is > 0 && text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? text.ToUpperInvariant() : null;
                break;
        }

        return value is not null;
    }

    /// <summary><c>TYPE65 \# 3 0001FF</c> (RFC 3597 section 5).</summary>
    private static bool TryReadGeneric(ref string type, IReadOnlyList<ZoneFileToken> tokens, out ImmutableArray<string> data, out int wrongField, [NotNullWhen(false)] out string? problem)
    {
        data = [];
        wrongField = 0;
        problem = $"\"{type}\" is no record type that can be served; others can be written as TYPE65 {GenericMark} LENGTH BYTES";
        if (!type.StartsWith("TYPE", StringComparison.Ordinal) || !ushort.TryParse(type.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        if (NotGeneric.Contains(number) || number is >= 128 and <= 255)
        {
            problem = $"{type} cannot be written as bytes: it has a syntax of its own, or a meaning that is not served";
            return false;
        }

        type = $"TYPE{number}";
        wrongField = 1;
        problem = $"{type} needs {GenericMark}, a length and as many bytes in hexadecimal digits";
        if (tokens.Count < 2 || tokens[0].Text != GenericMark || !int.TryParse(tokens[1].Text, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            return false;
        wrongField = 3;
        var digits = string.Concat(tokens.Skip(2).Select(token => token.Text)).ToUpperInvariant();
        if (digits.Length != 2 * length || length > LongestData || !digits.All(char.IsAsciiHexDigit))
            return false;
        data = [digits];
        problem = null;
        return true;
    }

    private static string Describe(Field field) => field switch
    {
        Field.IPv4 => "an IPv4 address such as 192.0.2.1",
        Field.IPv6 => "an IPv6 address such as 2001:db8::1",
        Field.Name => "a domain name",
        Field.Byte => "a number from 0 to 255",
        Field.UInt16 => "a number from 0 to 65535",
        Field.UInt32 => "a number from 0 to 4294967295",
        Field.Period => "a time such as 300 or 1h30m",
        Field.Tag => "a tag of 1 to 15 letters and digits",
        Field.Text or Field.Texts => $"a text of at most {LongestText} bytes",
        _ => "bytes in hexadecimal digits",
    };
}
