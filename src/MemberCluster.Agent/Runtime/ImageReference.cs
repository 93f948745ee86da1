using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace MemberCluster.Agent.Runtime;

/// <summary>An image reference taken apart: "[registry/]name[:tag][@digest]".</summary>
/// <param name="Name">With its registry, without tag and digest, as written.</param>
/// <param name="Tag">Null when there is none.</param>
/// <param name="Digest">"sha256:…"; null when there is none.</param>
public sealed partial record ImageReference(string Name, string? Tag, string? Digest)
{
    private const string DefaultTag = "latest";

    /// <summary>What a registry is asked for: the digest when there is one, else the tag, else "latest".</summary>
    public string TagOrDigest => Digest ?? Tag ?? DefaultTag;

    /// <summary>The registry's host, "docker.io" when the reference names none.</summary>
    public string Registry
    {
        get
        {
            var slash = Name.IndexOf('/', StringComparison.Ordinal);
            var first = slash < 0 ? "" : Name[..slash];
            // Repository names are lower case without dot and colon at the front, so anything else in front is a host.
            var isHost = first.AsSpan().ContainsAny('.', ':') || first.Any(char.IsAsciiLetterUpper) || first == "localhost";
            return isHost ? first : "docker.io";
        }
    }

    /// <summary>False when it is no image reference.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = null;
        var match = text is null ? Match.Empty : Pattern().Match(text);
        if (!match.Success)
            return false;
        reference = new ImageReference(match.Groups["name"].Value, Optional(match.Groups["tag"]), Optional(match.Groups["digest"]));
        return true;
    }

    /// <exception cref="RuntimeException"><see cref="RuntimeFailure.InvalidImageName"/>.</exception>
    public static ImageReference Parse(string text) => TryParse(text, out var reference)
        ? reference
        : throw new RuntimeException(RuntimeFailure.InvalidImageName, $"'{text}' is not an image name: expected [registry/]name[:tag][@digest] in lower case.");

    public override string ToString() => Digest is null ? $"{Name}:{TagOrDigest}" : $"{Name}@{Digest}";

    private static string? Optional(Group group) => group.Success ? group.Value : null;

    // The grammar of the OCI distribution specification: components of lower-case letters and digits, separated by one of . _ __ or dashes.
    [GeneratedRegex("""
        \A(?=.{1,512}\z)
        (?<name>
          (?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?/)?
          [a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*
          (?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*
        )
        (?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?
        (?:@(?<digest>[a-z0-9]+:[0-9a-f]{32,128}))?\z
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
