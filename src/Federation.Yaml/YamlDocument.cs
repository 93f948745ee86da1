namespace Federation.Yaml;

/// <summary>One document of a YAML stream, as JSON.</summary>
public sealed record YamlDocument
{
    /// <summary>UTF-8 JSON.</summary>
    public required byte[] Json { get; init; }

    /// <summary>The line where the document's content begins, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Where each value stands, by its path (<c>spec.containers[0].image</c>); lines count from 1 over the whole stream.</summary>
    public required IReadOnlyDictionary<string, int> Lines { get; init; }

    /// <summary>The line of a path, or of its nearest parent that the document has: where an error about it is best shown.</summary>
    public int LineOf(string? path)
    {
        while (!string.IsNullOrEmpty(path))
        {
            if (Lines.TryGetValue(path, out var line))
                return line;
            path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        }

        return Line;
    }
}

/// <summary>The text is not YAML, or not YAML that JSON can express.</summary>
public sealed class YamlSyntaxException(string problem, int line, int column, Exception? innerException = null)
    : FormatException($"line {line}, column {column}: {problem}", innerException)
{
    public string Problem { get; } = problem;

    /// <summary>From 1.</summary>
    public int Line { get; } = line;

    /// <summary>From 1.</summary>
    public int Column { get; } = column;
}
