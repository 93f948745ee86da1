namespace Federation.Client.Transport;

/// <summary>The text of a <c>Warning: 299 - "text"</c> header (RFC 7234, section 5.5).</summary>
internal static class WarningText
{
    public static string Parse(string header)
    {
        var start = header.IndexOf('"', StringComparison.Ordinal);
        var end = header.LastIndexOf('"');
        return start >= 0 && end > start ? header[(start + 1)..end].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : header;
    }
}
