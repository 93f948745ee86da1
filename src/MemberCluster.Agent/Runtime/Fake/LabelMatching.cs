using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime.Fake;

internal static class LabelMatching
{
    /// <summary>Every one of "key=value" (exactly) or "key" (any value).</summary>
    public static bool Matches(ImmutableArray<string> wanted, ImmutableDictionary<string, string> labels) => wanted.All(want =>
    {
        var equals = want.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? labels.ContainsKey(want) : labels.TryGetValue(want[..equals], out var value) && value == want[(equals + 1)..];
    });
}
