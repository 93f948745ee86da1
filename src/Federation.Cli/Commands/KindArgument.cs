using Federation.Api;

namespace Federation.Cli.Commands;

/// <summary>Reads what a user types for a kind: <c>app</c>, <c>apps</c>, <c>App</c>, a short name, or <c>app/web</c>.</summary>
internal static class KindArgument
{
    /// <exception cref="CliException">There is no such kind.</exception>
    public static KindDefinition Parse(string text) =>
        Kinds.Served.FirstOrDefault(kind => Matches(kind, text))
        ?? throw new CliException($"There is no kind '{text}'. Kinds: {string.Join(", ", Kinds.Served.Select(kind => kind.Plural))}.");

    /// <summary>Splits <c>app/web</c>, or <c>app</c> and <c>web ...</c>, into a kind and names.</summary>
    public static (KindDefinition Kind, IReadOnlyList<string> Names) ParseWithNames(string[] words) =>
        words switch
        {
            [var only] when only.Split('/') is [var kind, { Length: > 0 } name] => (Parse(kind), [name]),
            [var kind, .. var names] => (Parse(kind), names),
            _ => throw new CliException("Name a kind, such as apps."),
        };

    private static bool Matches(KindDefinition kind, string text) =>
        text.Equals(kind.Plural, StringComparison.OrdinalIgnoreCase) || text.Equals(kind.Singular, StringComparison.OrdinalIgnoreCase)
        || kind.ShortNames.Contains(text, StringComparer.OrdinalIgnoreCase);
}
