using System.Buffers;

namespace Federation.Api.Validation;

/// <summary>The alphabets of names, labels and images: each predicate says whether a text is well-formed, each constant how to say that it is not.</summary>
public static class Syntax
{
    public const int LabelLength = 63;
    public const int SubdomainLength = 253;

    public const string Dns1123LabelRule =
        "must be a lowercase RFC 1123 label: letters a-z, digits and '-', beginning and ending with a letter or digit, at most 63 characters";

    public const string Dns1123SubdomainRule =
        "must be a lowercase RFC 1123 subdomain: labels of letters a-z, digits and '-' separated by '.', at most 253 characters";

    public const string QualifiedNameRule =
        "must be a name of letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, at most 63 characters, with an optional DNS prefix and '/'";

    public const string LabelValueRule =
        "must be empty or made of letters, digits, '-', '_' and '.', beginning and ending with a letter or digit, at most 63 characters";

    public const string PortNameRule = "must be 1 to 15 letters a-z, digits or single '-', with at least one letter, not beginning or ending with '-'";

    public const string EnvNameRule = "must be made of printable ASCII characters other than '='";

    private static readonly SearchValues<char> LowerAlphanumericOrDash = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    public static bool IsDns1123Label(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LabelLength && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(LowerAlphanumericOrDash);

    public static bool IsDns1123Subdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > SubdomainLength)
            return false;
        foreach (var part in text.Split('.'))
        {
            // Only the whole is bounded, not the labels: as in Kubernetes.
            var label = text[part];
            if (label.IsEmpty || label[0] == '-' || label[^1] == '-' || label.ContainsAnyExcept(LowerAlphanumericOrDash))
                return false;
        }

        return true;
    }

    /// <summary>A label or annotation key, a taint key, a finalizer: <c>name</c> or <c>example.com/name</c>.</summary>
    public static bool IsQualifiedName(ReadOnlySpan<char> text)
    {
        var slash = text.IndexOf('/');
        return slash < 0 ? IsName(text) : IsDns1123Subdomain(text[..slash]) && IsName(text[(slash + 1)..]);
    }

    public static bool IsLabelValue(ReadOnlySpan<char> text) => text.IsEmpty || IsName(text);

    public static bool IsPortName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 15 && text[0] != '-' && text[^1] != '-' && !text.ContainsAnyExcept(LowerAlphanumericOrDash)
        && text.IndexOf("--") < 0 && text.ContainsAnyInRange('a', 'z');

    public static bool IsEnvName(ReadOnlySpan<char> text) => !text.IsEmpty && !text.Contains('=') && !text.ContainsAnyExceptInRange('!', '~');

    /// <summary>A key of a ConfigMap or a Secret: it can be a file's name.</summary>
    public static bool IsConfigKey(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= SubdomainLength && text is not "." && !text.StartsWith("..") && !text.ContainsAnyExcept(NameCharacters);

    private static bool IsName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= LabelLength && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && !text.ContainsAnyExcept(NameCharacters);
}
