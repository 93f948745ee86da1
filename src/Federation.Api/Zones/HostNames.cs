using Federation.Api.Validation;

namespace Federation.Api.Zones;

/// <summary>How the names of apps outside <c>&lt;namespace&gt;.svc</c> are written.</summary>
internal static class HostNames
{
    public const string Rule = "must be lowercase RFC 1123 labels of at most 63 characters split by dots, of which the first may be '*'";

    private const int LongestName = 253;

    public static bool IsHost(string text)
    {
        var labels = text.Split('.');
        return text.Length <= LongestName && (labels is ["*", _, ..] or [not "*", ..]) && labels.Skip(labels[0] == "*" ? 1 : 0).All(label => Syntax.IsDns1123Label(label));
    }
}
