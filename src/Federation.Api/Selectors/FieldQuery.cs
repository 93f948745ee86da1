using System.Diagnostics.CodeAnalysis;
using Federation.Api.Meta;

namespace Federation.Api.Selectors;

/// <summary>A field selector as it stands in a URL: <c>metadata.name=web,status.phase!=Running</c>. Which fields a kind has is said by its rules.</summary>
public sealed class FieldQuery
{
    private const string NameField = "metadata.name";
    private const string NamespaceField = "metadata.namespace";

    private readonly List<Term> _terms;

    private FieldQuery(List<Term> terms)
    {
        _terms = terms;
        SelectsByKeyOnly = terms.TrueForAll(term => term.Field is NameField or NamespaceField);
    }

    public static FieldQuery Everything { get; } = new([]);

    public bool SelectsEverything => _terms.Count == 0;

    /// <summary>The one name asked for by <c>metadata.name=…</c>, if any: a list of one needs no search.</summary>
    public string? Name => Exact(NameField);

    /// <summary>The one namespace asked for by <c>metadata.namespace=…</c>, if any.</summary>
    public string? Namespace => Exact(NamespaceField);

    /// <summary>Name and namespace are all that is asked for: <see cref="MatchesKey"/> says everything.</summary>
    public bool SelectsByKeyOnly { get; }

    /// <summary>Whether an object with this key can match: answers without the object.</summary>
    public bool MatchesKey(ObjectKey key)
    {
        foreach (var term in _terms)
        {
            var value = term.Field == NameField ? key.Name : term.Field == NamespaceField ? key.Namespace : null;
            if (value is not null && value == term.Value == term.IsNegated)
                return false;
        }

        return true;
    }

    public bool Matches(Resource resource)
    {
        foreach (var term in _terms)
        {
            if (term.Read(resource) == term.Value == term.IsNegated)
                return false;
        }

        return true;
    }

    /// <param name="text">Null or empty selects everything.</param>
    /// <param name="error">A sentence for the client when the text is not a selector, or names a field this kind cannot be selected by.</param>
    public static bool TryParse(KindDefinition kind, string? text, [NotNullWhen(true)] out FieldQuery? query, [NotNullWhen(false)] out string? error)
    {
        query = Everything;
        error = null;
        if (string.IsNullOrWhiteSpace(text))
            return true;

        var terms = new List<Term>();
        foreach (var part in SplitUnescaped(text))
        {
            var equals = part.IndexOf('=');
            if (equals <= 0)
                return Fail($"\"{part}\" is not of the form field=value", out query, out error);
            var isNegated = part[equals - 1] == '!';
            var field = part[..(isNegated ? equals - 1 : equals)].Trim();
            var value = part[(!isNegated && equals + 1 < part.Length && part[equals + 1] == '=' ? equals + 2 : equals + 1)..];
            if (Reader(kind, field) is not { } read)
                return Fail($"field label not supported: {field}", out query, out error);
            terms.Add(new Term(field, Unescape(value), isNegated, read));
        }

        query = new FieldQuery(terms);
        return true;

        bool Fail(string problem, out FieldQuery? none, out string why)
        {
            none = null;
            why = $"unable to parse field selector \"{text}\": {problem}";
            return false;
        }
    }

    private static Func<Resource, string>? Reader(KindDefinition kind, string field) => field switch
    {
        NameField => static resource => resource.Metadata.Name,
        NamespaceField when kind.IsNamespaced => static resource => resource.Metadata.Namespace ?? "",
        _ => kind.Rules.SelectableFields.GetValueOrDefault(field),
    };

    private string? Exact(string field) => _terms.Find(term => term.Field == field && !term.IsNegated)?.Value;

    /// <summary>Backslash escapes comma, equals and itself, as in Kubernetes.</summary>
    private static IEnumerable<string> SplitUnescaped(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
                i++;
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static string Unescape(string value)
    {
        if (!value.Contains('\\'))
            return value;
        var text = new System.Text.StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
                i++;
            text.Append(value[i]);
        }

        return text.ToString();
    }

    private sealed record Term(string Field, string Value, bool IsNegated, Func<Resource, string> Read);
}
