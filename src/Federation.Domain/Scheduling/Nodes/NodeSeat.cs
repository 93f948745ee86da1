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

    /// <summary>Pods that serve and are about to stop, because their eviction does not wait.</summary>
    public int Stopping { get; set; }

    /// <summary>Pods that it ran, and those that served, when it came back after its share was taken away.</summary>
    public (int Running, int Ready) Returned { get; set; }

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

    /// <summary>Those of them that serve.</summary>
    public int ReadyKept { get; set; }

    /// <summary>An evicted pod is not replaced here, so it waits for its replacement elsewhere.</summary>
    public bool EvictionsWait { get; set; }

    /// <summary>The machine gives up what is evicted, and nothing else.</summary>
    public bool LeavesOnlyEvicted { get; set; }

    public int Staying => Current - Leaving;

    /// <summary>Those that serve and need not leave.</summary>
    public int ReadyStaying => Ready - ReadyLeaving;

    public int Next => Placed + Kept;

    /// <summary>What it came back with fills what it is given again; the rest is to leave, like any.</summary>
    public void Adopt()
    {
        if (Returned.Running == 0 || Placed == 0)
            return;
        (Current, Ready) = (Returned.Running, Returned.Ready);
        Leaving = Math.Max(0, Current - Placed);
        ReadyLeaving = Math.Max(0, Ready - Placed);
        LeavingBecause = Leaving > 0 ? "it came back with more than has room" : null;
    }

    /// <summary>Of its evictions, those whose pods need not wait any more: what does not serve first.</summary>
    public IEnumerable<PendingEviction> Released()
    {
        var (all, ready) = (Leaving - Kept, LeavesOnlyEvicted ? Leaving - Kept : ReadyLeaving - ReadyKept);
        foreach (var eviction in Evictions)
        {
            if (all-- <= 0 || (eviction.IsReady && ready-- <= 0))
                yield break;
            yield return eviction;
        }
    }
}
