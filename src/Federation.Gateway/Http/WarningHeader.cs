using System.Text;
using Microsoft.AspNetCore.Http;

namespace Federation.Gateway.Http;

/// <summary><c>Warning</c> headers, which kubectl prints (RFC 7234, section 5.5: code 299, no agent, the text in quotes).</summary>
internal static class WarningHeader
{
    /// <summary>All texts of one answer together. Clients and proxies refuse answers with too much in their headers.</summary>
    public const int LongestTogether = 4096;

    /// <summary>One text, once all of them together are too long.</summary>
    public const int LongestShortened = 256;

    /// <summary>Each text once, as many as there is room for.</summary>
    public static void AddWarnings(this HttpContext context, IEnumerable<string> warnings)
    {
        var texts = warnings.Select(Printable).Where(text => text.Length > 0).Distinct().ToList();
        if (texts.Sum(text => text.Length) > LongestTogether)
            texts = [.. texts.Select(text => text.Length <= LongestShortened ? text : text[..(LongestShortened - 3)] + "...").Distinct()];
        var room = LongestTogether;
        foreach (var text in texts)
        {
            room -= text.Length;
            if (room < 0)
                return;
            context.Response.Headers.Append("Warning", $"299 - \"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }
    }

    /// <summary>RFC 9110, section 5.5: a header has visible characters and spaces, no lines.</summary>
    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            printable.Append(rune.Value is '\n' or '\r' or '\t' ? ' ' : rune.Value is < ' ' or > '~' ? '?' : (char)rune.Value);
        return printable.ToString().Trim();
    }
}
