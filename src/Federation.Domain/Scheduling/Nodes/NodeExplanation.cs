using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Says why a work is where it is, and what would change it.</summary>
internal static class NodeExplanation
{
    private const int MostGroups = 5;
    private const int MostNames = 3;

    /// <param name="total">Pods that are wanted in all.</param>
    /// <param name="unplaced">Those that neither found a node nor stay on one they are to leave.</param>
    public static NodePlan Explain(NodePlanInput input, List<NodeSeat> seats, NextShares next, Refusals refusals, int total, int unplaced)
    {
        var kept = seats.Sum(seat => seat.Kept);
        var stuck = Math.Max(0, total - unplaced - seats.Sum(seat => seat.Placed));
        ImmutableArray<NodeRefusal> refused = [.. refusals.Groups.Select(group => new NodeRefusal(group.Filter, group.Reason, group.Count, [.. group.Names]))];
        ImmutableArray<string> hints = unplaced + stuck == 0 ? [] : [.. Hints(input, seats, unplaced + stuck)];
        var (reason, message) = (unplaced, stuck, kept) switch
        {
            ( > 0, _, _) => (NodeReasons.Unschedulable, $"{unplaced} of {Pods(total)} found no node{Refused(refused, hints)}{Staying(seats, stuck)}"),
            (_, > 0, _) => (NodeReasons.CannotMove, $"{Leaving(seats, stuck)}: nothing else has room{Refused(refused, hints)}"),
            (_, _, > 0) => (NodeReasons.Moving, $"{Leaving(seats, kept)}: waiting for {(kept == 1 ? "its replacement" : "their replacements")} to be ready"),
            _ => (null, null),
        };
        return new NodePlan
        {
            Shares = next.Shares,
            Forward = next.Forward,
            Wanted = total,
            Unplaced = unplaced,
            Leaving = kept,
            Refused = refused,
            Hints = hints,
            Reason = reason,
            Message = message,
            IsConverged = unplaced == 0 && kept == 0 && input.Evictions.IsEmpty && next.Shares.All(share => RunsAsAsked(share, input)),
        };
    }

    private static bool RunsAsAsked(NodeShare share, NodePlanInput input)
    {
        if (share.Phase != NodeSharePhase.Active || input.Reports.GetValueOrDefault(share.Node) is not { } report)
            return false;
        return input.Work.Mode == WorkMode.Completions
            ? IndexSet.Parse(share.Indexes).Except(IndexSet.Parse(report.Succeeded)).Except(IndexSet.Parse(report.Failed)).IsEmpty
            : (report.Desired, report.Running, report.Ready) == (share.Replicas, share.Replicas, share.Replicas);
    }

    private static IEnumerable<string> Hints(NodePlanInput input, List<NodeSeat> seats, int missing)
    {
        if (seats.Count == 0)
            return ["the cluster has no node"];
        var full = seats.Where(seat => seat.IsOpen && seat.Placed >= seat.Limit).Select(seat => ((Place)seat.Node, seat.Placed));
        return CapacityHints.Of(full, ResourceAmounts.OfPod(input.Work.Template), missing, "pod");
    }

    private static string Refused(ImmutableArray<NodeRefusal> refused, ImmutableArray<string> hints)
    {
        var groups = refused.Take(MostGroups).Select(group => $"{group.Filter} refused {Names(group.Nodes, group.Count)} ({group.Reason})");
        return string.Concat(groups.Concat(hints).Select(part => $"; {part}"));
    }

    private static string Staying(List<NodeSeat> seats, int stuck) => stuck == 0 ? "" : $"; {Leaving(seats, stuck)} for the same reason";

    private static string Leaving(List<NodeSeat> seats, int count)
    {
        var from = seats.Where(seat => seat.Kept > 0).ToList();
        var because = from.Select(seat => seat.LeavingBecause).FirstOrDefault(because => because is not null);
        return $"{Pods(count)} {(count == 1 ? "stays" : "stay")} on {Names([.. from.Select(seat => seat.Node.Name)], from.Count)} although {because}";
    }

    private static string Names(ImmutableArray<string> names, int count) =>
        string.Join(", ", names.Take(MostNames)) + (count > MostNames ? $" and {count - MostNames} more" : "");

    private static string Pods(int count) => count == 1 ? "1 pod" : $"{count} pods";
}
