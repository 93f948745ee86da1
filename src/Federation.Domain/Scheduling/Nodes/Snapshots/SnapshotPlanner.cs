using System.Collections.Immutable;
using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Snapshots;

/// <summary>Tells each node what it has to do for a PetSnapshot: what is taken is its own, and what is stored stays where it is.</summary>
/// <remarks>
/// <code>
/// an item to be stored                 goes to
/// a node says that it has it whole     that node
/// the control plane knows its node     that node, also when it is away
/// it was given to a node before        that node, while it has a directory
/// else                                 the Ready node with a directory that took it; else the one with the fewest items
/// </code>
/// A node that was told something is told as long as there is the work: what is deleted with it may be there.
/// </remarks>
internal static class SnapshotPlanner
{
    public static NodePlan Plan(NodePlanInput input, List<NodeSeat> seats)
    {
        var work = input.Work.Snapshots ?? new WorkSnapshots();
        var places = Place(work, seats);
        var waiting = places.FirstOrDefault(place => place.Reason == WorkSnapshotReasons.NoDirectory);
        return new NodePlan
        {
            Shares = [.. seats.Where(seat => IsConcerned(seat, work, places)).Select(seat => Activate(seat, places, input))],
            Items = places,
            Wanted = 0,
            Reason = waiting?.Reason,
            Message = waiting?.Message,
            IsConverged = places.All(place => place.Reason is null),
        };
    }

    /// <summary>What a node is told.</summary>
    public static WorkSnapshots Of(WorkSnapshots work, NodeShare share) => new()
    {
        Take = [.. work.Take.Where(take => take.Node == share.Node)],
        Hold = [.. work.Hold.Where(hold => share.Items.Contains(hold.Id)).Select(hold => hold with { Node = share.Node })],
        Discard = [.. work.Discard.Where(discard => discard.Node.Length == 0 || discard.Node == share.Node).Select(discard => discard with { Node = share.Node })],
    };

    private static ImmutableArray<NodeItemPlace> Place(WorkSnapshots work, List<NodeSeat> seats)
    {
        var places = ImmutableArray.CreateBuilder<NodeItemPlace>();
        var open = seats.Where(seat => seat.Node is { HasSnapshotDirectory: true, IsReady: true, Unschedulable: false }).ToList();
        var loads = open.ToDictionary(seat => seat.Node.Name, seat => seat.Share?.Items.Length ?? 0);
        foreach (var hold in work.Hold.DistinctBy(hold => hold.Id).OrderBy(hold => hold.Id, StringComparer.Ordinal))
        {
            if (Known(hold, seats) is { } known)
            {
                places.Add(At(hold, known));
                continue;
            }

            // Where it was, nothing can be put in its place.
            if (hold is { FromCluster: "", Node.Length: > 0 })
            {
                places.Add(new NodeItemPlace(hold.Id, hold.Node, WorkSnapshotReasons.NodeAway, $"it is on {hold.Node}, which is not there"));
                continue;
            }

            var chosen = open.OrderByDescending(seat => seat.Node.Name == hold.FromNode).ThenBy(seat => loads[seat.Node.Name]).FirstOrDefault();
            if (chosen is not null)
                loads[chosen.Node.Name]++;
            places.Add(chosen is not null ? At(hold, chosen) : new NodeItemPlace(hold.Id, "", WorkSnapshotReasons.NoDirectory, "no Ready machine of the cluster has a directory for snapshots"));
        }

        return places.ToImmutable();
    }

    private static NodeSeat? Known(WorkSnapshotHold hold, List<NodeSeat> seats) =>
        seats.Find(seat => seat.Report?.Snapshots.Any(item => item is { Part: WorkSnapshotPart.Stored, Phase: WorkSnapshotPhase.Done } && item.Id == hold.Id) == true)
        ?? seats.Find(seat => seat.Node.Name == hold.Node)
        ?? seats.Find(seat => seat.Share?.Items.Contains(hold.Id) == true && (seat.Node.HasSnapshotDirectory || !seat.Node.IsReady));

    private static NodeItemPlace At(WorkSnapshotHold hold, NodeSeat seat) => seat.Node.IsReady
        ? new NodeItemPlace(hold.Id, seat.Node.Name, null, null)
        : new NodeItemPlace(hold.Id, seat.Node.Name, WorkSnapshotReasons.NodeAway, $"{seat.Node.Name} is not Ready");

    private static bool IsConcerned(NodeSeat seat, WorkSnapshots work, ImmutableArray<NodeItemPlace> places) =>
        seat.Share is not null
        || places.Any(place => place.Node == seat.Node.Name)
        || work.Take.Any(take => take.Node == seat.Node.Name)
        || work.Discard.Any(discard => discard.Node.Length == 0 || discard.Node == seat.Node.Name);

    private static NodeShare Activate(NodeSeat seat, ImmutableArray<NodeItemPlace> places, NodePlanInput input)
    {
        var share = seat.Share is { Phase: NodeSharePhase.Active } known ? known
            : new NodeShare { Node = seat.Node.Name, Phase = NodeSharePhase.Active, Since = input.Now, ActiveAfter = input.Revision };
        return share with { Items = [.. places.Where(place => place.Node == seat.Node.Name).Select(place => place.Id)] };
    }
}
