using System.Collections.Immutable;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Remembers for a while which nodes failed a work.</summary>
internal static class NodeFailures
{
    private static readonly TimeSpan RemembersFor = TimeSpan.FromMinutes(1);

    /// <summary>Reasons that another machine need not have. A work's own trouble, such as a bad image or a crash, is the same everywhere.</summary>
    private static readonly HashSet<string> OfTheMachine = ["DiskFull", "EngineUnavailable", "PermissionDenied"];

    /// <summary>Whether pods that do not run here might run on another node.</summary>
    public static bool LiesInTheMachine(NodeSeat seat) =>
        seat is { Node.IsReady: true, Share.Phase: NodeSharePhase.Active, Report: { Reason: { } reason } report } && report.Ready < seat.Current && OfTheMachine.Contains(reason);

    public static ImmutableArray<NodeFailure> Next(NodePlanInput input, List<NodeSeat> seats)
    {
        var next = ImmutableArray.CreateBuilder<NodeFailure>();
        foreach (var seat in seats)
        {
            var before = input.Failures.FirstOrDefault(failure => failure.Node == seat.Node.Name);
            var isFailing = seat is { Share.Phase: NodeSharePhase.Active, Current: > 0, Report: { Reason: not null } report } && report.Ready < seat.Current;
            // While it goes on, the memory is renewed now and then, not with every plan.
            if (isFailing && (before is null || before.At + (RemembersFor / 2) <= input.Now || before.Reason != seat.Report!.Reason))
                next.Add(new NodeFailure(seat.Node.Name, input.Now, seat.Report!.Reason!));
            else if (before is not null && before.At + RemembersFor > input.Now)
                next.Add(before);
        }

        return next.ToImmutable();
    }
}
