using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>A work's indexes and the nodes that have them. One that a node has completed stays there until the parent has noted it.</summary>
internal sealed class NodeIndexes
{
    private readonly Dictionary<NodeSeat, IndexSet> _unfinished = [];
    private readonly Dictionary<NodeSeat, IndexSet> _completed = [];

    public NodeIndexes(NodePlanInput input, List<NodeSeat> seats)
    {
        var wanted = IndexSet.Parse(input.Work.Completions?.Indexes);
        var done = IndexSet.Empty;
        foreach (var report in input.Reports.Values.Where(report => report.Uid == input.Work.Uid))
            done = done.Union(Done(report));
        Unfinished = wanted.Except(done);

        var taken = IndexSet.Empty;
        foreach (var seat in seats)
        {
            var held = seat.Share is { Phase: NodeSharePhase.Active } share ? IndexSet.Parse(share.Indexes).Intersect(wanted).Except(taken) : IndexSet.Empty;
            taken = taken.Union(held);
            _unfinished[seat] = held.Intersect(Unfinished);
            _completed[seat] = seat.Node.IsReady ? held.Except(Unfinished) : IndexSet.Empty;
        }
    }

    /// <summary>Those that no node has completed.</summary>
    public IndexSet Unfinished { get; }

    public IndexSet UnfinishedOn(NodeSeat seat) => _unfinished[seat];

    /// <summary>Each node keeps the lowest of its own, and the lowest that nobody has fill the places that are left.</summary>
    public Dictionary<NodeSeat, IndexSet> Assign(List<NodeSeat> seats)
    {
        var kept = new Dictionary<NodeSeat, IndexSet>(seats.Count);
        var pool = Unfinished;
        foreach (var seat in seats)
        {
            var own = _unfinished[seat].Except(EvictedFrom(seat)).Take(seat.Next);
            // Those that are to leave and cannot stay with what they are.
            if (own.Count < seat.Next)
                own = own.Union(_unfinished[seat].Except(own).Take(Math.Min(seat.Kept, seat.Next - own.Count)));
            kept[seat] = own;
            pool = pool.Except(own);
        }

        var assigned = new Dictionary<NodeSeat, IndexSet>(seats.Count);
        foreach (var seat in seats)
        {
            var added = pool.Take(seat.Next - kept[seat].Count);
            pool = pool.Except(added);
            assigned[seat] = kept[seat].Union(added).Union(_completed[seat]);
        }

        return assigned;
    }

    private static IndexSet EvictedFrom(NodeSeat seat) => seat.Leaving - seat.Kept is var leaving and > 0 && seat.Evictions.Count > 0
        ? IndexSet.Of(seat.Evictions.Take(leaving).Where(eviction => eviction.Index is not null).Select(eviction => eviction.Index!.Value))
        : IndexSet.Empty;

    private static IndexSet Done(WorkStatus report) => IndexSet.Parse(report.Succeeded).Union(IndexSet.Parse(report.Failed));
}
