using System.Collections.Immutable;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>The shares and evictions after a plan.</summary>
internal sealed record NextShares(ImmutableArray<NodeShare> Shares, ImmutableArray<PendingEviction> Forward);

/// <summary>Moves each node's share to where the plan wants it.</summary>
/// <remarks>
/// <code>
/// the node            is to run anything   its share becomes
/// no longer exists    -                    dropped
/// exists              yes                  Active
/// is not drained      no more indexes      Active and empty: pods that ended stay for their logs
/// not Ready           no                   Away if it was Active; else as it is: nothing is withdrawn unheard
/// Ready, was Away     no                   Away while it serves and too few serve elsewhere; then Withdrawing
/// Ready               no                   Withdrawing, until it confirms
/// </code>
/// </remarks>
internal static class NodeShares
{
    /// <param name="indexesOf">Of a seat, the indexes it is to complete.</param>
    /// <param name="total">Pods that are wanted in all.</param>
    public static NextShares Next(NodePlanInput input, List<NodeSeat> seats, Func<NodeSeat, string> indexesOf, int total)
    {
        var shares = ImmutableArray.CreateBuilder<NodeShare>(seats.Count);
        var forward = ImmutableArray.CreateBuilder<PendingEviction>();
        var pending = input.Evictions.Select(eviction => eviction.Eviction.Uid).ToHashSet();
        var serving = seats.Sum(seat => (long)Math.Min(seat.Ready, seat.Next));
        foreach (var seat in seats)
        {
            var indexes = indexesOf(seat);
            var evicted = ForwardFrom(input, seat, pending, forward);
            if (seat.Next > 0 || indexes.Length > 0)
                shares.Add(Activate(seat, indexes, evicted, input));
            else if (StaysForItsLogs(input, seat))
                shares.Add(Activate(seat, "", evicted, input));
            else if (seat.Share is { } share && TakeAway(seat, share, input, isMissed: serving < total) is { } left)
                shares.Add(left);
        }

        return new NextShares(shares.ToImmutable(), forward.ToImmutable());
    }

    public static NodeShare Withdraw(NodeShare share, NodePlanInput input) => share.Phase == NodeSharePhase.Withdrawing
        ? share
        : share with { Phase = NodeSharePhase.Withdrawing, Replicas = 0, Indexes = "", Since = input.Now, WithdrawnAfter = input.Revision, Evicted = [] };

    public static bool IsConfirmed(NodeShare share, NodePlanInput input) =>
        share.Phase == NodeSharePhase.Withdrawing && input.Reports.GetValueOrDefault(share.Node) is { Gone: true } report && report.Revision > share.WithdrawnAfter;

    /// <summary>A node that ran indexes to their end keeps its share until the work goes. One that is away with open ones is not asked.</summary>
    private static bool StaysForItsLogs(NodePlanInput input, NodeSeat seat) =>
        input.Work.Mode == Api.Agents.WorkMode.Completions && seat is { LeavingBecause: null, Share: { Phase: NodeSharePhase.Active } share } && (seat.Node.IsReady || share.Indexes.Length == 0);

    private static NodeShare Activate(NodeSeat seat, string indexes, ImmutableArray<string> evicted, NodePlanInput input)
    {
        var share = seat.Share;
        if (share is not { Phase: NodeSharePhase.Active })
            return new NodeShare
            {
                Node = seat.Node.Name,
                Phase = NodeSharePhase.Active,
                Replicas = seat.Next,
                Indexes = indexes,
                Since = input.Now,
                // A node that comes back has kept its pods; one that was told to remove them has not.
                ActiveAfter = share?.Phase == NodeSharePhase.Away ? 0 : input.Revision,
            };
        var next = share with { Replicas = seat.Next, Indexes = indexes, Evicted = evicted };
        return next == share ? share : next;
    }

    /// <returns>Null: nothing is left of the share.</returns>
    private static NodeShare? TakeAway(NodeSeat seat, NodeShare share, NodePlanInput input, bool isMissed)
    {
        if (!seat.Node.IsReady)
            return share.Phase == NodeSharePhase.Active ? share with { Phase = NodeSharePhase.Away, Replicas = 0, Indexes = "", Since = input.Now, Evicted = [] } : share;
        // It came back with pods that serve, and their replacements do not yet: it goes on untold.
        if (share.Phase == NodeSharePhase.Away && isMissed && seat.Report?.Ready > 0)
            return share;
        return IsConfirmed(share, input) ? null : Withdraw(share, input);
    }

    /// <summary>The evictions that the node is told, and those of them that its share is smaller for.</summary>
    private static ImmutableArray<string> ForwardFrom(NodePlanInput input, NodeSeat seat, HashSet<string> pending, ImmutableArray<PendingEviction>.Builder forward)
    {
        if (input.Evictions.IsEmpty && seat.Share is not { Evicted.IsEmpty: false })
            return [];
        ImmutableArray<string> before = seat.Share is { Phase: NodeSharePhase.Active } share ? [.. share.Evicted.Where(pending.Contains)] : [];
        var left = seat.EvictionsWait ? seat.Released().Select(eviction => eviction.Eviction.Uid).ToHashSet() : null;
        foreach (var eviction in input.Evictions)
        {
            if (eviction.Node == seat.Node.Name && (eviction.Eviction.GracePeriodSeconds <= 0 || left is null || left.Contains(eviction.Eviction.Uid) || before.Contains(eviction.Eviction.Uid)))
                forward.Add(eviction);
        }

        return left is null ? before : [.. before, .. left.Order(StringComparer.Ordinal)];
    }
}
