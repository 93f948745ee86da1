using System.Globalization;

namespace Federation.Api.Zones.Files;

/// <summary>Reads entry after entry: directives, then owner, TTL, class and type, and the data by the type's syntax.</summary>
internal sealed class ZoneFileReader(string apex, uint ttl)
{
    private string _origin = apex;
    private uint _ttl = ttl;
    private string? _owner;

    public List<ZoneFileRecord> Records { get; } = [];

    public List<ZoneFileError> Errors { get; } = [];

    public void Read(ZoneFileLine line)
    {
        if (line.Problem is { } problem)
            Fail(line.Line, line.Tokens.Count == 0 ? "" : line.Tokens[^1].Text, problem);
        else if (!line.IsIndented && !line.Tokens[0].IsQuoted && line.Tokens[0].Text.StartsWith('$'))
            ReadDirective(line);
        else
            ReadRecord(line);
    }

    /// <summary>Seconds as a number, or as <c>1h30m</c> with the units w, d, h, m and s.</summary>
    internal static bool TryReadPeriod(string text, out uint seconds)
    {
        seconds = 0;
        if (text.Length == 0 || !char.IsAsciiDigit(text[0]))
            return false;
        ulong total = 0, number = 0;
        var hasNumber = false;
        foreach (var letter in text)
        {
            if (char.IsAsciiDigit(letter))
            {
                number = (number * 10) + (uint)(letter - '0');
                hasNumber = true;
            }
            else
            {
                uint unit = char.ToLowerInvariant(letter) switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, 'w' => 604_800, _ => 0 };
                if (unit == 0 || !hasNumber)
                    return false;
                total += number * unit;
                (number, hasNumber) = (0, false);
            }

            if (number > int.MaxValue || total > int.MaxValue)
                return false;
        }

        total += number;
        seconds = (uint)total;
        return total <= int.MaxValue; // RFC 2181 section 8
    }

    private void ReadDirective(ZoneFileLine line)
    {
        var tokens = line.Tokens;
        var name = tokens[0].Text.ToUpperInvariant();
        if (name is not ("$ORIGIN" or "$TTL"))
            Fail(line.Line, tokens[0].Text, $"{tokens[0].Text} is not supported; $ORIGIN and $TTL are");
        else if (tokens.Count != 2)
            Fail(line.Line, tokens[0].Text, $"{name} takes one value, not {tokens.Count - 1}");
        else if (name == "$TTL" && !TryReadPeriod(tokens[1].Text, out _ttl))
            Fail(line.Line, tokens[1].Text, $"field 2: \"{tokens[1].Text}\" is no time such as 300 or 1h30m");
        else if (name == "$ORIGIN" && !DomainNameText.TryMakeAbsolute(tokens[1].Text, _origin, out var origin, out var problem))
            Fail(line.Line, tokens[1].Text, $"field 2: the name \"{tokens[1].Text}\" {problem}");
        else if (name == "$ORIGIN")
            _origin = DomainNameText.TryMakeAbsolute(tokens[1].Text, _origin, out var next, out _) ? next : _origin;
    }

    private void ReadRecord(ZoneFileLine line)
    {
        var (at, tokens) = (0, line.Tokens);
        if (!line.IsIndented)
        {
            _owner = null;
            if (!DomainNameText.TryMakeAbsolute(tokens[0].Text, _origin, out _owner, out var problem))
            {
                Fail(line.Line, tokens[0].Text, $"field 1: the owner \"{tokens[0].Text}\" {problem}");
                return;
            }

            at = 1;
        }

        if (_owner is null)
        {
            Fail(line.Line, tokens[0].Text, "there is no owner before this line that it could be of");
            return;
        }

        // TTL and class come in either order, each at most once; what follows is the type.
        uint? own = null;
        var hasClass = false;
        for (; at < tokens.Count; at++)
        {
            var text = tokens[at].Text;
            if (own is null && TryReadPeriod(text, out var period))
                own = period;
            else if (!hasClass && text.Equals("IN", StringComparison.OrdinalIgnoreCase))
                hasClass = true;
            else
                break;
        }

        if (at == tokens.Count)
        {
            Fail(line.Line, tokens[^1].Text, "the record has no type");
            return;
        }

        var type = tokens[at].Text.ToUpperInvariant();
        var typeField = at + 1;
        if (!RecordSyntax.TryRead(ref type, [.. tokens.Skip(at + 1)], _origin, out var data, out var wrongField, out var wrong))
            Fail(line.Line, wrongField == 0 || typeField + wrongField > tokens.Count ? tokens[at].Text : tokens[typeField + wrongField - 1].Text, $"field {(typeField + wrongField).ToString(CultureInfo.InvariantCulture)}: {wrong}");
        else
            Records.Add(new ZoneFileRecord(line.Line, _owner, own ?? _ttl, type, data));
    }

    private void Fail(int line, string shown, string message) => Errors.Add(new ZoneFileError(line, shown, message));
}
