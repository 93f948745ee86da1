using System.Collections.Immutable;
using Federation.Domain.Scheduling.Nodes;

namespace MemberCluster.Agent.ClusterRole.Shares;

/// <summary>How one work is shared out over the nodes: what is kept durably of it.</summary>
internal sealed record WorkShares
{
    public string Uid { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";

    public IReadOnlyList<NodeShare> Nodes { get; init; } = [];

    public IReadOnlyList<NodeFailure> Failures { get; init; } = [];

    /// <summary>The newest revision of the work that every node concerned has said it holds.</summary>
    public long Claimed { get; init; }

    /// <summary>The template of that revision.</summary>
    public string ClaimedTemplate { get; init; } = "";

    public ImmutableArray<NodeShare> Shares => [.. Nodes];

    public static WorkShares For(string uid) => new() { Uid = uid };

    public bool Equals(WorkShares? other) => other is not null
        && (Uid, Kind, Namespace, Name, Claimed, ClaimedTemplate) == (other.Uid, other.Kind, other.Namespace, other.Name, other.Claimed, other.ClaimedTemplate)
        && Nodes.SequenceEqual(other.Nodes) && Failures.SequenceEqual(other.Failures);

    public override int GetHashCode() => HashCode.Combine(Uid, Nodes.Count, Claimed);
}
