using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Federation.Api.Validation;

/// <summary>A container image's name, taken apart: <c>[host[:port]/]path[:tag][@digest]</c>.</summary>
/// <param name="Repository">Host and path, as written.</param>
/// <param name="Tag">Null: none was given.</param>
/// <param name="Digest">Such as <c>sha256:…</c>; null: none was given.</param>
public sealed record ImageReference(string Repository, string? Tag, string? Digest)
{
    private const int LongestRepository = 255;
    private const int LongestTag = 128;

    private static readonly SearchValues<char> PathCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<char> TagCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    private static readonly SearchValues<char> HostCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

    /// <summary>True when what the name leads to may change from one pull to the next.</summary>
    public bool IsLatest => Digest is null && Tag is null or "latest";

    public static bool TryParse(string text, [NotNullWhen(true)] out ImageReference? image)
    {
        image = null;
        var rest = text.AsSpan();
        string? digest = null;
        if (rest.IndexOf('@') is var at and >= 0)
        {
            if (!IsDigest(rest[(at + 1)..]))
                return false;
            digest = rest[(at + 1)..].ToString();
            rest = rest[..at];
        }

        string? tag = null;
        // A colon before the last slash belongs to the host's port.
        if (rest.LastIndexOf(':') is var colon and >= 0 && colon > rest.LastIndexOf('/'))
        {
            if (!IsTag(rest[(colon + 1)..]))
                return false;
            tag = rest[(colon + 1)..].ToString();
            rest = rest[..colon];
        }

        if (!IsRepository(rest))
            return false;
        image = new ImageReference(rest.ToString(), tag, digest);
        return true;
    }

    private static bool IsRepository(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestRepository)
            return false;
        var slash = text.IndexOf('/');
        if (slash >= 0 && IsHost(text[..slash]))
            text = text[(slash + 1)..];
        foreach (var part in text.Split('/'))
        {
            if (!IsPathPart(text[part]))
                return false;
        }

        return true;
    }

    /// <summary>The first part is a host when it has a dot, a port, or is <c>localhost</c>.</summary>
    private static bool IsHost(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        var name = colon < 0 ? text : text[..colon];
        if (colon >= 0 && !ushort.TryParse(text[(colon + 1)..], out _))
            return false;
        return name.Length > 0 && (colon >= 0 || name.Contains('.') || name is "localhost")
            && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && !name.ContainsAnyExcept(HostCharacters);
    }

    private static bool IsPathPart(ReadOnlySpan<char> text) =>
        text.Length > 0 && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1]) && !text.ContainsAnyExcept(PathCharacters);

    private static bool IsTag(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LongestTag && text[0] is not ('.' or '-') && !text.ContainsAnyExcept(TagCharacters);

    private static bool IsDigest(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        return colon > 0 && text.Length - colon - 1 >= 32 && !text[(colon + 1)..].ContainsAnyExcept(SearchValuesOfHex) && char.IsAsciiLetter(text[0]);
    }

    private static readonly SearchValues<char> SearchValuesOfHex = SearchValues.Create("0123456789abcdefABCDEF");
}
