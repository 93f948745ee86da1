using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Decides which nodes take part, and how much each can hold. The first filter that refuses a node is the one that is named.</summary>
/// <remarks>
/// <code>
/// filter         refuses                                   a node that already runs the work
/// Ready          not Ready                                 keeps its share until the failover time has passed
/// NodeSelector   labels that do not match                  loses it once the replacements are ready
/// Drain          to be drained                             loses it once the replacements are ready
/// Unschedulable  cordoned                                  keeps it, takes no more; an evicted pod leaves once its replacement is ready
/// Taints         a NoSchedule taint that is not tolerated  as Unschedulable
/// Capacity       no room for one pod                       keeps what fits; the rest leaves once the replacements are ready
/// </code>
/// Without a refusal: a node that just failed the work, or came back only now, is tried when nothing else has room; one that holds the work's
/// volumes is tried first.
/// </remarks>
internal static class NodeFilters
{
    /// <summary>How long a node that came back gets nothing new while another has room.</summary>
    public static readonly TimeSpan SettlesAfter = TimeSpan.FromSeconds(10);

    public const string Lost = "nothing was heard from the node, or its container engine is down";
    public const string OtherLabels = "its labels do not match spec.nodeSelector";
    private const string Drained = "it is being drained";
    private const string Cordoned = "it is cordoned (unschedulable)";

    // Kubernetes taints what is cordoned; who tolerates that runs there.
    private static readonly Taint UnschedulableTaint = new() { Key = "node.kubernetes.io/unschedulable" };

    /// <summary>Fills what the seat says about the future, and notes a refusal.</summary>
    /// <param name="isFailing">The node cannot run the work for a reason that lies in the machine.</param>
    /// <param name="isPassedOver">The node just failed the work.</param>
    public static void Apply(NodeSeat seat, NodePlanInput input, ResourceAmounts pod, bool isFailing, bool isPassedOver, Refusals refusals)
    {
        var (node, template) = (seat.Node, input.Work.Template.Spec);
        (seat.Limit, seat.EvictionsWait) = (seat.Current, true);
        if (!node.IsReady)
        {
            seat.Ready = 0;
            seat.IsLost = seat.Current == 0 || Failover.DeadlineOf(node, input.FailoverAfter, input.Now) <= input.Now;
            if (seat.IsLost)
            {
                (seat.Limit, seat.Current, seat.EvictionsWait) = (0, 0, false);
                refusals.Add(FilterNames.Ready, Lost, node.Name);
            }

            return;
        }

        if (!Matches(template, node.Labels))
        {
            Leave(seat, seat.Current, seat.Ready, OtherLabels);
            refusals.Add(FilterNames.NodeSelector, OtherLabels, node.Name);
        }
        else if (node.Drain)
        {
            Leave(seat, seat.Current, seat.Ready, Drained);
            refusals.Add(FilterNames.Drain, Drained, node.Name);
        }
        else if (Closed(template, node) is { } closed)
        {
            LeaveEvicted(seat, closed.Reason);
            if (seat.Current == 0)
                refusals.Add(closed.Filter, closed.Reason, node.Name);
        }
        else
        {
            Open(seat, input, pod, isFailing, isPassedOver, refusals);
        }
    }

    /// <summary>Why a node gets nothing new although its labels match; null: it may.</summary>
    public static (string Filter, string Reason)? Closed(PodSpec template, NodeSnapshot node)
    {
        if (node.Unschedulable && !IsTolerated(template, UnschedulableTaint))
            return (FilterNames.Unschedulable, Cordoned);
        foreach (var taint in node.Taints)
        {
            if (taint.Effect == "NoSchedule" && !IsTolerated(template, taint))
                return (FilterNames.Taints, $"{taint.Key}{(string.IsNullOrEmpty(taint.Value) ? "" : $"={taint.Value}")}:{taint.Effect} is not tolerated");
        }

        return null;
    }

    public static bool Matches(PodSpec template, IReadOnlyDictionary<string, string> labels)
    {
        foreach (var (key, wanted) in template.NodeSelector)
        {
            if (!labels.TryGetValue(key, out var value) || value != wanted)
                return false;
        }

        return true;
    }

    private static void Open(NodeSeat seat, NodePlanInput input, ResourceAmounts pod, bool isFailing, bool isPassedOver, Refusals refusals)
    {
        var fit = seat.Node.Free.Fit(pod);
        // Else an evicted pod does not wait: it is replaced where it was.
        seat.EvictionsWait = fit < seat.Current;
        if (!seat.EvictionsWait)
            seat.Ready = Math.Max(0, seat.Ready - seat.Evictions.Count(eviction => eviction.IsReady));
        if (fit < seat.Current)
            Leave(seat, seat.Current - fit, Math.Max(0, seat.Ready - fit), Filters.LackOf(seat.Node.Free, pod * seat.Current));
        else if (isFailing)
            Leave(seat, seat.Current - seat.Ready, 0, $"it fails: {seat.Report?.Reason}");
        seat.Limit = isFailing ? Math.Max(seat.Staying, fit - seat.Leaving) : fit;
        seat.IsOpen = true;
        seat.Tier = isFailing || isPassedOver || seat.Node.ReadySince + SettlesAfter > input.Now ? 2 : seat.Current > 0 && KeepsData(input.Work.Template.Spec) ? 0 : 1;
        if (fit == 0)
            refusals.Add(FilterNames.Capacity, Filters.LackOf(seat.Node.Free, pod), seat.Node.Name);
    }

    private static void LeaveEvicted(NodeSeat seat, string because)
    {
        var leaving = Math.Min(seat.Current, seat.Evictions.Count);
        Leave(seat, leaving, Math.Min(seat.Ready, Math.Min(leaving, seat.Evictions.Count(eviction => eviction.IsReady))), $"evicted, and {because}");
        seat.LeavesOnlyEvicted = true;
    }

    private static void Leave(NodeSeat seat, int leaving, int ready, string because)
    {
        (seat.Leaving, seat.ReadyLeaving, seat.LeavingBecause) = (leaving, ready, leaving > 0 ? because : null);
        seat.Limit = seat.Staying;
    }

    private static bool IsTolerated(PodSpec template, Taint taint)
    {
        foreach (var toleration in template.Tolerations)
        {
            if (!string.IsNullOrEmpty(toleration.Effect) && toleration.Effect != taint.Effect)
                continue;
            if (string.IsNullOrEmpty(toleration.Key) ? toleration.Operator == "Exists" : toleration.Key == taint.Key && (toleration.Operator == "Exists" || (toleration.Value ?? "") == (taint.Value ?? "")))
                return true;
        }

        return false;
    }

    /// <summary>Whether a machine that ran the work has something of it that another has not.</summary>
    private static bool KeepsData(PodSpec template) => template.Volumes.Any(volume => volume.Named is not null || volume.HostPath is not null);
}
