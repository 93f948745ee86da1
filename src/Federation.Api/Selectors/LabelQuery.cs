using System.Diagnostics.CodeAnalysis;
using Federation.Api.Validation;

namespace Federation.Api.Selectors;

/// <summary>A label selector as it stands in a URL: <c>a=b,c!=d,e in (x,y),f notin (z),g,!h</c>. Parsed once, then only compared.</summary>
public sealed class LabelQuery
{
    private readonly IReadOnlyList<LabelRequirement> _requirements;

    private LabelQuery(IReadOnlyList<LabelRequirement> requirements) => _requirements = requirements;

    public static LabelQuery Everything { get; } = new([]);

    public bool SelectsEverything => _requirements.Count == 0;

    public IReadOnlyList<LabelRequirement> Requirements => _requirements;

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        for (var i = 0; i < _requirements.Count; i++)
        {
            if (!_requirements[i].Matches(labels))
                return false;
        }

        return true;
    }

    /// <param name="text">Null or empty selects everything.</param>
    /// <param name="error">A sentence for the client when the text is not a selector.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out LabelQuery? query, [NotNullWhen(false)] out string? error)
    {
        query = Everything;
        error = null;
        if (string.IsNullOrWhiteSpace(text))
            return true;

        var requirements = new List<LabelRequirement>();
        foreach (var part in SplitOutsideParentheses(text))
        {
            if (!TryParseRequirement(part.Trim(), out var requirement, out var problem))
            {
                query = null;
                error = $"unable to parse label selector \"{text}\": {problem}";
                return false;
            }

            requirements.Add(requirement);
        }

        query = new LabelQuery(requirements);
        return true;
    }

    private static bool TryParseRequirement(string text, [NotNullWhen(true)] out LabelRequirement? requirement, out string problem)
    {
        requirement = null;
        LabelRequirement parsed;
        if (text.StartsWith('!') && !text.StartsWith("!=", StringComparison.Ordinal))
            parsed = new LabelRequirement { Key = text[1..].Trim(), Operator = LabelOperator.DoesNotExist };
        else if (text.EndsWith(')'))
        {
            if (!TryParseSet(text, out parsed, out problem))
                return false;
        }
        else if (text.IndexOf('=') is var equals and >= 0)
        {
            var isNegated = equals > 0 && text[equals - 1] == '!';
            var valueAt = !isNegated && equals + 1 < text.Length && text[equals + 1] == '=' ? equals + 2 : equals + 1;
            parsed = new LabelRequirement
            {
                Key = text[..(isNegated ? equals - 1 : equals)].Trim(),
                Operator = isNegated ? LabelOperator.NotIn : LabelOperator.In,
                Values = [text[valueAt..].Trim()],
            };
        }
        else
        {
            parsed = new LabelRequirement { Key = text, Operator = LabelOperator.Exists };
        }

        problem = !Syntax.IsQualifiedName(parsed.Key) ? $"key \"{parsed.Key}\" {Syntax.QualifiedNameRule}"
            : parsed.Values.FirstOrDefault(value => !Syntax.IsLabelValue(value)) is { } wrong ? $"value \"{wrong}\" {Syntax.LabelValueRule}"
            : "";
        if (problem.Length > 0)
            return false;
        requirement = parsed;
        return true;
    }

    /// <summary><c>key in (a,b)</c> or <c>key notin (a,b)</c>; an empty element is the empty value.</summary>
    private static bool TryParseSet(string text, out LabelRequirement requirement, out string problem)
    {
        requirement = new LabelRequirement();
        problem = "";
        var open = text.IndexOf('(');
        var words = open < 0 ? [] : text[..open].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        LabelOperator? relation = words is [_, "in"] ? LabelOperator.In : words is [_, "notin"] ? LabelOperator.NotIn : null;
        if (relation is null)
        {
            problem = $"\"{text}\" is not of the form \"key in (a,b)\" or \"key notin (a,b)\"";
            return false;
        }

        requirement = new LabelRequirement
        {
            Key = words[0],
            Operator = relation.Value,
            Values = [.. text[(open + 1)..^1].Split(',').Select(value => value.Trim())],
        };
        return true;
    }

    private static IEnumerable<string> SplitOutsideParentheses(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '(')
                depth++;
            else if (text[i] == ')')
                depth--;
            else if (text[i] == ',' && depth <= 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
