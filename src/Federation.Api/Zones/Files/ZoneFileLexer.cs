using System.Text;

namespace Federation.Api.Zones.Files;

/// <summary>One field of an entry, escapes kept as they were written.</summary>
internal readonly record struct ZoneFileToken(string Text, bool IsQuoted, int Line);

/// <summary>One entry: a line, or several that parentheses make one.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="IsIndented">Begins with a blank: its owner is the one before.</param>
/// <param name="Problem">What kept it from being read whole; null: nothing.</param>
internal sealed record ZoneFileLine(int Line, bool IsIndented, IReadOnlyList<ZoneFileToken> Tokens, string? Problem);

/// <summary>Splits zone-file text into entries and fields: comments, quotes, escapes, parentheses (RFC 1035 section 5.1).</summary>
internal static class ZoneFileLexer
{
    public static IEnumerable<ZoneFileLine> Split(string text)
    {
        var (at, line) = (0, 1);
        while (at < text.Length)
        {
            var entry = ReadEntry(text, ref at, ref line);
            if (entry.Tokens.Count > 0 || entry.Problem is not null)
                yield return entry;
        }
    }

    private static ZoneFileLine ReadEntry(string text, ref int at, ref int line)
    {
        var (first, isIndented, depth) = (line, text[at] is ' ' or '\t', 0);
        var tokens = new List<ZoneFileToken>();
        while (at < text.Length)
        {
            var letter = text[at];
            switch (letter)
            {
                case '\n':
                    at++;
                    line++;
                    if (depth == 0)
                        return new ZoneFileLine(first, isIndented, tokens, null);
                    break;
                case ' ' or '\t' or '\r':
                    at++;
                    break;
                case ';':
                    while (at < text.Length && text[at] != '\n')
                        at++;
                    break;
                case '(':
                    depth++;
                    at++;
                    break;
                case ')':
                    at++;
                    if (depth-- == 0)
                        return Broken("a parenthesis closes that none opened", text, ref at);
                    break;
                case '"':
                    if (ReadQuoted(text, ref at, line) is not { } quoted)
                        return Broken("a quote is not closed on its line", text, ref at);
                    tokens.Add(quoted);
                    break;
                default:
                    tokens.Add(ReadPlain(text, ref at, line));
                    break;
            }
        }

        return new ZoneFileLine(first, isIndented, tokens, depth == 0 ? null : "a parenthesis is not closed");

        ZoneFileLine Broken(string problem, string text, ref int at)
        {
            while (at < text.Length && text[at] != '\n')
                at++;
            return new ZoneFileLine(first, isIndented, tokens, problem);
        }
    }

    private static ZoneFileToken? ReadQuoted(string text, ref int at, int line)
    {
        var token = new StringBuilder();
        for (at++; at < text.Length && text[at] != '\n'; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return new ZoneFileToken(token.ToString(), IsQuoted: true, line);
            }

            token.Append(text[at]);
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] != '\n')
                token.Append(text[++at]);
        }

        return null;
    }

    private static ZoneFileToken ReadPlain(string text, ref int at, int line)
    {
        var begin = at;
        while (at < text.Length && text[at] is not (' ' or '\t' or '\r' or '\n' or ';' or '(' or ')' or '"'))
            at += text[at] == '\\' && at + 1 < text.Length && text[at + 1] is not ('\n' or '\r') ? 2 : 1;
        return new ZoneFileToken(text[begin..at], IsQuoted: false, line);
    }
}
