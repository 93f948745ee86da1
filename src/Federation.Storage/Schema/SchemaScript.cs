using System.Globalization;

namespace Federation.Storage.Schema;

/// <summary>A database's <c>schema.sql</c>, cut at its <c>-- version N</c> lines.</summary>
internal static class SchemaScript
{
    private const string Marker = "-- version ";

    /// <summary>The sections in order; section N brings a database from version N-1 to N.</summary>
    public static IReadOnlyList<string> Load(string resource)
    {
        using var stream = typeof(SchemaScript).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The assembly has no resource {resource}.");
        using var reader = new StreamReader(stream);
        return Split(reader.ReadToEnd());
    }

    internal static IReadOnlyList<string> Split(string script)
    {
        var sections = new List<string>();
        var start = -1;
        for (var line = 0; line >= 0 && line < script.Length; line = NextLine(script, line))
        {
            if (!script.AsSpan(line).StartsWith(Marker, StringComparison.Ordinal))
                continue;
            if (start >= 0)
                sections.Add(script[start..line]);
            start = NextLine(script, line);
            var number = int.Parse(script.AsSpan(line + Marker.Length, start - line - Marker.Length).Trim(), CultureInfo.InvariantCulture);
            if (number != sections.Count + 1)
                throw new FormatException($"Schema section {sections.Count + 1} says it is version {number}.");
        }

        if (start >= 0)
            sections.Add(script[start..]);
        return sections;
    }

    private static int NextLine(string text, int from)
    {
        var end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end + 1;
    }
}
