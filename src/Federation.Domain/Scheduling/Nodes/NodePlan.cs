using System.Collections.Immutable;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes.Snapshots;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Which nodes run how much of a work, and why.</summary>
/// <remarks>
/// Carried out in this order: the shares are kept durably; each node is sent <see cref="Forward"/> and then, at once, its share
/// (Active: the work; Withdrawing: a tombstone; Away or none: nothing). An eviction that arrives before the smaller share stops the pod that was
/// meant, and no other.
/// </remarks>
public sealed record NodePlan
{
    /// <summary>Sorted by node.</summary>
    public required ImmutableArray<NodeShare> Shares { get; init; }

    /// <summary>The evictions that nodes are told now and until the pods are gone.</summary>
    public ImmutableArray<PendingEviction> Forward { get; init; } = [];

    /// <summary>Every pet that is wanted, or that some node can be running, by ordinal.</summary>
    public ImmutableArray<NodePetPlace> Pets { get; init; } = [];

    /// <summary>Every copy that is asked for, by ordinal.</summary>
    public ImmutableArray<NodeCopyPlace> Copies { get; init; } = [];

    /// <summary>Every item of a PetSnapshot that is to be stored, by id.</summary>
    public ImmutableArray<NodeItemPlace> Items { get; init; } = [];

    /// <summary>To be handed to the next plan.</summary>
    public ImmutableArray<NodeFailure> Failures { get; init; } = [];

    /// <summary>Pods that are wanted in all.</summary>
    public required int Wanted { get; init; }

    /// <summary>Pods that found no node.</summary>
    public int Unplaced { get; init; }

    /// <summary>Pods that stay on a node they are to leave, because they wait for their replacement or nothing else has room.</summary>
    public int Leaving { get; init; }

    /// <summary>The nodes that were refused, by filter and reason; the largest groups first.</summary>
    public ImmutableArray<NodeRefusal> Refused { get; init; } = [];

    /// <summary>Sentences: which input would change the outcome.</summary>
    public ImmutableArray<string> Hints { get; init; } = [];

    /// <summary>A constant of <see cref="NodeReasons"/>; null: every pod has the node it should have.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>When the passing of time alone changes the plan; null: never.</summary>
    public DateTimeOffset? NextLook { get; init; }

    /// <summary>Every pod is placed, no node has anything left to give up, and every node says that it runs its share.</summary>
    public bool IsConverged { get; init; }
}

/// <summary>Nodes that one filter refused for one reason.</summary>
/// <param name="Filter">The filter's name.</param>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Count">How many nodes.</param>
/// <param name="Nodes">At most 20 names.</param>
public sealed record NodeRefusal(string Filter, string Reason, int Count, ImmutableArray<string> Nodes);

/// <summary>Why a work is not where it should be; shown as the work's reason.</summary>
public static class NodeReasons
{
    /// <summary>Some pods fit no node.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>Pods are to leave a node, and nothing else has room for them.</summary>
    public const string CannotMove = "CannotMove";

    /// <summary>Pods are to leave a node and wait until their replacements are ready.</summary>
    public const string Moving = "Moving";
}
