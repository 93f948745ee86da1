using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>One node during one plan: what it has of the work, what the filters said, and what it gets.</summary>
internal sealed class NodeSeat(NodeSnapshot node, NodeShare? share, WorkStatus? report)
{
    public NodeSnapshot Node { get; } = node;
    public NodeShare? Share { get; } = share;
    public WorkStatus? Report { get; } = report;

    /// <summary>Evictions of its pods that it was not told yet.</summary>
    public List<PendingEviction> Evictions { get; } = [];

    /// <summary>Pods it is asked to run now; of a work with completions, indexes that are not done.</summary>
    public int Current { get; set; }

    /// <summary>Those of them that serve.</summary>
    public int Ready { get; set; }

    /// <summary>Those of them that are to leave, and those of these that serve.</summary>
    public int Leaving { get; set; }
    public int ReadyLeaving { get; set; }

    /// <summary>Why pods are to leave, in a clause; null: none are.</summary>
    public string? LeavingBecause { get; set; }

    /// <summary>The most it can hold; those that are to leave not counted.</summary>
    public int Limit { get; set; }

    /// <summary>It may get more than it has.</summary>
    public bool IsOpen { get; set; }

    /// <summary>0: tried first; 2: only when nothing else has room.</summary>
    public int Tier { get; set; } = 1;

    /// <summary>It was away for too long.</summary>
    public bool IsLost { get; set; }

    /// <summary>What it gets, those that are to leave not counted.</summary>
    public int Placed { get; set; }

    /// <summary>Those that are to leave and cannot yet.</summary>
    public int Kept { get; set; }

    public int Staying => Current - Leaving;

    /// <summary>Those that serve and need not leave.</summary>
    public int ReadyStaying => Ready - ReadyLeaving;

    public int Next => Placed + Kept;
}
