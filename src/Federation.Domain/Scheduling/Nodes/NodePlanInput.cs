using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>What one work is divided over nodes from.</summary>
public sealed record NodePlanInput
{
    /// <summary>As the cluster was asked to run it; with <see cref="WorkMode.Completions"/>, its indexes are those still to complete.</summary>
    public required Work Work { get; init; }

    /// <summary>Every node that the cluster knows, lost ones included. What other works take is not in their <see cref="Place.Free"/>; see <see cref="NodeLedger"/>.</summary>
    public required ImmutableArray<NodeSnapshot> Nodes { get; init; }

    /// <summary>As the last plan left them.</summary>
    public ImmutableArray<NodeShare> Shares { get; init; } = [];

    /// <summary>By node: what each last reported about the work. What a lost node said is used only to know its completed indexes.</summary>
    public IReadOnlyDictionary<string, WorkStatus> Reports { get; init; } = new Dictionary<string, WorkStatus>();

    /// <summary>The work's pods that somebody asked to stop and that still exist.</summary>
    public ImmutableArray<PendingEviction> Evictions { get; init; } = [];

    /// <summary>Of a work with pets: what is known about where they can be running.</summary>
    public NodeFence Fence { get; init; } = new();

    /// <summary>Nodes that failed the work, as the last plan left them.</summary>
    public ImmutableArray<NodeFailure> Failures { get; init; } = [];

    /// <summary>The newest revision that any node was sent; withdrawals remember it.</summary>
    public long Revision { get; init; }

    /// <summary>How long a node may be away before its share moves.</summary>
    public TimeSpan FailoverAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time of the plan; planners have no clock.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>The order to stop one of the work's pods.</summary>
/// <param name="Node">Where the pod is.</param>
/// <param name="IsReady">Whether the pod serves.</param>
/// <param name="Index">The pod's index in a work with completions.</param>
public sealed record PendingEviction(PodEviction Eviction, string Node, bool IsReady, int? Index = null);

/// <summary>A node that could not run the work, for a reason that lies in the machine. It is passed over for a while when another fits.</summary>
public sealed record NodeFailure(string Node, DateTimeOffset At, string Reason);
