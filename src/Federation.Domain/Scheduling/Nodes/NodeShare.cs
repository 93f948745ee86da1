using System.Collections.Immutable;
using Federation.Domain.Scheduling.Nodes.Pets;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>One node's share of a work: what it is asked to run. The decision alone, to be kept durably; what the node says about it is a report.</summary>
public sealed record NodeShare
{
    /// <summary>The node's name.</summary>
    public string Node { get; init; } = "";

    public NodeSharePhase Phase { get; init; }

    /// <summary>Pods the node is asked to run; of a work with completions, those at the same time. Zero unless the phase is Active.</summary>
    public int Replicas { get; init; }

    /// <summary>The indexes the node is asked to complete, such as <c>0-4,7</c>; empty for works that run for ever.</summary>
    public string Indexes { get; init; } = "";

    /// <summary>The pets that the node runs or may still run, by ordinal; empty for works without identities.</summary>
    public ImmutableArray<NodePet> Pets { get; init; } = [];

    /// <summary>Pets whose volumes are brought to the node, by ordinal. It stays so until the cluster is asked for the pet, or for no copy any more.</summary>
    public ImmutableArray<NodeCopy> Copies { get; init; } = [];

    /// <summary>Items of a PetSnapshot that are stored on the node or are to be, by id.</summary>
    public ImmutableArray<string> Items { get; init; } = [];

    /// <summary>When the phase was entered.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>While Withdrawing: the revision that the withdrawal was decided at. Only what the node says about a later one confirms it.</summary>
    public long WithdrawnAfter { get; init; }

    /// <summary>While Active: the revision that it was decided at, if nothing ran there before. What the node says about an earlier one is not about this share.</summary>
    public long ActiveAfter { get; init; }

    /// <summary>Uids of pods whose eviction the node was told and for which the share was made smaller, until they are gone.</summary>
    public ImmutableArray<string> Evicted { get; init; } = [];

    public bool Equals(NodeShare? other) => other is not null
        && (Node, Phase, Replicas, Indexes, Since) == (other.Node, other.Phase, other.Replicas, other.Indexes, other.Since)
        && (WithdrawnAfter, ActiveAfter) == (other.WithdrawnAfter, other.ActiveAfter)
        && Evicted.AsSpan().SequenceEqual(other.Evicted.AsSpan())
        && Pets.AsSpan().SequenceEqual(other.Pets.AsSpan())
        && Copies.AsSpan().SequenceEqual(other.Copies.AsSpan())
        && Items.AsSpan().SequenceEqual(other.Items.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Node, Phase, Replicas, Indexes, Since, WithdrawnAfter, Evicted.Length, HashCode.Combine(Pets.Length, Copies.Length, Items.Length));
}

/// <summary>Decides what the node's stream of works says about the work.</summary>
public enum NodeSharePhase
{
    /// <summary>The node is sent the work with its share.</summary>
    Active,

    /// <summary>The node lost its share while it was away. It is told nothing, and goes on with what it has, until it is back and a plan says more.</summary>
    Away,

    /// <summary>The node is sent a tombstone and has not confirmed yet.</summary>
    Withdrawing,
}
