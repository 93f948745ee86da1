using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>What is known about which pets a node can still be running.</summary>
public sealed record NodeFence
{
    /// <summary>
    /// By node: the ordinals that its newest word names. Only of nodes that have said, in this life of the cluster agent, that they have stored that word; what the reports have of
    /// them speaks of it.
    /// </summary>
    public IReadOnlyDictionary<string, IndexSet> Words { get; init; } = new Dictionary<string, IndexSet>();

    /// <summary>By node: when its last permission and the margin are over.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> FencedAt { get; init; } = new Dictionary<string, DateTimeOffset>();

    /// <summary>When those of an earlier life of the cluster agent are over, of any node.</summary>
    public DateTimeOffset EarlierFencedAt { get; init; } = DateTimeOffset.MinValue;

    /// <summary>What earlier lives decided may be lost: before their permissions are over, nothing is known of where pets run.</summary>
    public bool MayHaveForgotten { get; init; }

    /// <summary>When the node can run no fenced pet any more, unless it is permitted again.</summary>
    public DateTimeOffset FencedAtOf(string node) =>
        FencedAt.TryGetValue(node, out var at) && at > EarlierFencedAt ? at : EarlierFencedAt;
}
