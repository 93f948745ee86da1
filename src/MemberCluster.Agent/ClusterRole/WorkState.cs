using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes.Snapshots;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.Reports;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>What the cluster agent knows of one work, besides the work itself. Used by one thread.</summary>
internal sealed class WorkState(WorkShares shares)
{
    public WorkShares Shares { get; set; } = shares;

    /// <summary>By node: what its stream says now.</summary>
    public Dictionary<string, SentWord> Sent { get; } = [];

    /// <summary>By node: the peers its stream names now.</summary>
    public Dictionary<string, WorkEndpoints> Endpoints { get; } = [];

    /// <summary>The evictions that nodes are told.</summary>
    public ImmutableArray<PendingEviction> Forward { get; set; } = [];

    /// <summary>Every pet that is wanted, or that some node can be running.</summary>
    public ImmutableArray<NodePetPlace> Pets { get; set; } = [];

    /// <summary>Every copy that is asked for.</summary>
    public ImmutableArray<NodeCopyPlace> Copies { get; set; } = [];

    /// <summary>Every item of a PetSnapshot that is to be stored.</summary>
    public ImmutableArray<NodeItemPlace> Items { get; set; } = [];

    /// <summary>Pets whose volumes are to go and may still be somewhere: by ordinal, a node that has not said that they are gone.</summary>
    public ImmutableSortedDictionary<int, string> Discarding { get; set; } = ImmutableSortedDictionary<int, string>.Empty;

    /// <summary>Why the work is not where it should be; null: it is.</summary>
    public Trouble? Placing { get; set; }

    /// <summary>Time alone changes the plan then; null: never.</summary>
    public DateTimeOffset? NextLook { get; set; }

    /// <summary>The trouble that an event told of last.</summary>
    public string? Told { get; set; }
}

/// <summary>What a node was last sent about a work.</summary>
/// <param name="Revision">Of the word.</param>
/// <param name="Source">The cluster's work that it was made from; null for a tombstone.</param>
/// <param name="Share">The share that it says.</param>
/// <param name="Digest">Of what it says.</param>
internal sealed record SentWord(long Revision, Work? Source, NodeShare Share, string Digest);
