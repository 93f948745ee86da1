using System.Text;

namespace Federation.Api.Agents;

/// <summary>Which bytes an image's name led to, as works' statuses say it: <c>image=name@digest</c>, separated by spaces, sorted by image.</summary>
/// <remarks>A text, so that statuses that say the same are equal.</remarks>
public static class ImageDigests
{
    /// <summary>Null when there is nothing to say.</summary>
    public static string? Format(IReadOnlyDictionary<string, string> digests)
    {
        if (digests.Count == 0)
            return null;
        var text = new StringBuilder();
        foreach (var (image, reference) in digests.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            text.Append(text.Length == 0 ? "" : " ").Append(image).Append('=').Append(reference);
        return text.ToString();
    }

    /// <summary>What is not of this form is left out.</summary>
    public static IReadOnlyDictionary<string, string> Parse(string? text)
    {
        var digests = new Dictionary<string, string>();
        foreach (var pair in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=') is [{ Length: > 0 } image, { } reference] && reference.Contains('@'))
                digests[image] = reference;
        }

        return digests;
    }
}
