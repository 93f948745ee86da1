namespace Federation.Dns.Tests.Support;

/// <summary>Reads what <c>dig</c> prints.</summary>
internal static class DigText
{
    /// <summary>Its records but signatures: fields split by one blank, without the class.</summary>
    public static List<string> Records(string printed) =>
    [
        .. printed.Split('\n')
            .Where(line => line.Length > 0 && line[0] != ';' && !line.Contains("\tTSIG\t", StringComparison.Ordinal))
            .Select(line => line.Split((char[])['\t', ' '], StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 4)
            .Select(fields => string.Join(' ', [fields[0], fields[1], .. fields[3..]])),
    ];
}
