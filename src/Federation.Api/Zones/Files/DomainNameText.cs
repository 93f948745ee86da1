using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Federation.Api.Zones.Files;

/// <summary>Domain names as zone files write them: labels split by dots, <c>\.</c> and <c>\DDD</c> as escapes (RFC 1035 section 5.1).</summary>
internal static class DomainNameText
{
    private const int LongestLabel = 63;
    private const int LongestName = 255;

    /// <summary>The absolute name in lower case, with a final dot.</summary>
    /// <param name="text">A name; without a final dot it is below <paramref name="origin"/>; <c>@</c> is the origin itself.</param>
    /// <param name="problem">What is wrong, to follow the name in a sentence.</param>
    public static bool TryMakeAbsolute(string text, string origin, [NotNullWhen(true)] out string? absolute, [NotNullWhen(false)] out string? problem)
    {
        absolute = null;
        if (text is "@" or ".")
        {
            (absolute, problem) = (text == "." ? "." : origin, null);
            return true;
        }

        var name = new StringBuilder(text.Length + origin.Length);
        var (label, length, isOpen) = (0, 1, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '.')
            {
                if (!isOpen)
                    return Fail("has an empty label", out problem);
                (length, label, isOpen) = (length + label + 1, 0, false);
                name.Append('.');
                continue;
            }

            if (!TryReadLetter(text, ref i, out var letter))
                return Fail("has a character or an escape that names cannot have", out problem);
            AppendLetter(name, letter);
            isOpen = true;
            if (++label > LongestLabel)
                return Fail($"has a label of more than {LongestLabel} bytes", out problem);
        }

        if (text.Length == 0)
            return Fail("is empty", out problem);
        if (isOpen)
        {
            length += label + 1 + LengthOf(origin) - 1;
            name.Append('.').Append(origin == "." ? "" : origin);
        }

        if (length > LongestName)
            return Fail($"is longer than {LongestName} bytes", out problem);
        (absolute, problem) = (name.ToString(), null);
        return true;
    }

    /// <summary>Whether an absolute name is another one or below it.</summary>
    public static bool IsAtOrBelow(string name, string ancestor) =>
        name == ancestor || ancestor == "." || (name.EndsWith(ancestor, StringComparison.Ordinal) && IsLabelEnd(name, name.Length - ancestor.Length - 1));

    /// <summary>The absolute name without its first label.</summary>
    public static string Parent(string name)
    {
        for (var i = 0; i < name.Length - 1; i++)
        {
            if (IsLabelEnd(name, i))
                return name[(i + 1)..];
        }

        return ".";
    }

    /// <summary>A dot that no backslash takes its meaning from; a backslash that is escaped itself takes none.</summary>
    private static bool IsLabelEnd(string name, int at)
    {
        if (at < 0 || name[at] != '.')
            return false;
        var backslashes = 0;
        while (at - 1 - backslashes >= 0 && name[at - 1 - backslashes] == '\\')
            backslashes++;
        return backslashes % 2 == 0;
    }

    private static int LengthOf(string absolute)
    {
        var length = 1;
        for (var i = 0; absolute != "." && i < absolute.Length; i++)
        {
            if (absolute[i] != '.')
                TryReadLetter(absolute, ref i, out _);
            length++;
        }

        return length;
    }

    private static bool TryReadLetter(string text, ref int index, out char letter)
    {
        letter = text[index];
        if (letter != '\\')
            return letter is > ' ' and < (char)0x7F;
        if (index + 3 < text.Length && byte.TryParse(text.AsSpan(index + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
        {
            (letter, index) = ((char)code, index + 3);
            return true;
        }

        if (++index >= text.Length || text[index] is <= ' ' or >= (char)0x7F || char.IsAsciiDigit(text[index]))
            return false;
        letter = text[index];
        return true;
    }

    private static void AppendLetter(StringBuilder name, char letter)
    {
        if (letter is '.' or '\\' or '"' or ';' or '(' or ')' or '@' or '$')
            name.Append('\\').Append(letter);
        else if (letter is > ' ' and < (char)0x7F)
            name.Append(char.ToLowerInvariant(letter));
        else
            name.Append('\\').Append(((int)letter).ToString("D3", CultureInfo.InvariantCulture));
    }

    private static bool Fail(string what, out string? problem)
    {
        problem = what;
        return false;
    }
}
