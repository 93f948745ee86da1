using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes.Snapshots;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Divides a work over the nodes of a cluster: filter, score, assign, explain.</summary>
/// <remarks>Pure and total: equal inputs give an equal plan, and every input gives one. The tests rest on both.</remarks>
public static class NodePlanner
{
    public static NodePlan Plan(NodePlanInput input)
    {
        var seats = NodeSeats.Of(input);
        return input.Work.Mode switch
        {
            WorkMode.PerNode => PlanPerNode(input, seats),
            WorkMode.Completions => PlanCompletions(input, seats),
            WorkMode.Pets => PetPlanner.Plan(input, seats),
            WorkMode.Snapshots => SnapshotPlanner.Plan(input, seats),
            _ => PlanReplicas(input, seats),
        };
    }

    /// <summary>The work is gone: every node is told, one that is away once it is back. Empty: all have confirmed.</summary>
    public static ImmutableArray<NodeShare> Withdraw(NodePlanInput input) => input.Shares.Any(share => !share.Pets.IsEmpty)
        ? PetPlanner.Withdraw(input, NodeSeats.Of(input))
        :
        [
            .. NodeSeats.Of(input)
                .Where(seat => seat.Share is not null)
                .Select(seat => NodeShares.Withdraw(seat.Share!, input))
                .Where(share => !NodeShares.IsConfirmed(share, input)),
        ];

    /// <summary>The shares with the pets in them that nodes run, or may run, although no share says so.</summary>
    /// <param name="heard">What the nodes say that are heard of.</param>
    /// <param name="isKept">As the work has it: its pets run without permission.</param>
    /// <param name="now">The time of the plan.</param>
    /// <param name="shares">As the last plan left them.</param>
    public static ImmutableArray<NodeShare> Adopt(ImmutableArray<NodeShare> shares, IEnumerable<(string Node, WorkStatus Report)> heard, bool isKept, DateTimeOffset now) =>
        PetAdoption.Adopt(shares, heard, isKept, now);

    /// <summary>Every pet that some node can be running by these shares, also of a work that is not held any more.</summary>
    public static ImmutableArray<NodePetPlace> PetsOf(NodePlanInput input, ImmutableArray<NodeShare> shares) => shares.All(share => share.Pets.IsEmpty) ? []
        : PetPlaces.Of(new PetTable(input with { Shares = shares, Work = input.Work with { Pets = null } }, NodeSeats.Of(input)), new Dictionary<int, (string, string)>());

    /// <summary>What a node with an Active share is sent; the revision is left to the sender.</summary>
    public static Work WorkOf(Work work, NodeShare share) => work.Mode switch
    {
        WorkMode.Completions => work with { Completions = (work.Completions ?? new WorkCompletions()) with { Indexes = share.Indexes, Parallelism = share.Replicas } },
        WorkMode.Pets => work with { Replicas = 0, Pets = PetsOf(work.Pets ?? new WorkPets(), share) },
        WorkMode.Snapshots => work with { Snapshots = SnapshotPlanner.Of(work.Snapshots ?? new WorkSnapshots(), share) },
        _ => work with { Mode = WorkMode.Replicas, Replicas = share.Replicas },
    };

    private static WorkPets PetsOf(WorkPets pets, NodeShare share)
    {
        var held = share.Pets.Where(pet => !pet.IsReleased).ToDictionary(pet => pet.Ordinal);
        return pets with
        {
            Run = [.. pets.Run.Where(pet => held.ContainsKey(pet.Ordinal)).Select(pet => pet with { Epoch = held[pet.Ordinal].Epoch })],
            Copies = [.. pets.Copies.Where(copy => share.Copies.Contains(new NodeCopy(copy.Ordinal, copy.Epoch)))],
        };
    }

    private static NodePlan PlanReplicas(NodePlanInput input, List<NodeSeat> seats)
    {
        foreach (var seat in seats)
        {
            var ready = seat.Report is { } report && report.Revision > (seat.Share?.ActiveAfter ?? 0) ? Math.Max(0, report.Ready - seat.Stopping) : 0;
            seat.Current = seat.Share is { Phase: NodeSharePhase.Active } share ? Math.Max(0, share.Replicas) : 0;
            seat.Ready = Math.Min(ready, seat.Current);
            if (seat is { Share.Phase: NodeSharePhase.Away, Node.IsReady: true, Report: { } word })
                seat.Returned = (Math.Max(word.Running, ready), ready);
        }

        var total = Math.Max(0, input.Work.Replicas);
        var (refusals, failures, unplaced) = Place(input, seats, total);
        var next = NodeShares.Next(input, seats, seat => "", total);
        return NodeExplanation.Explain(input, seats, next, refusals, total, unplaced) with
        {
            Failures = failures,
            NextLook = NextLook(input, seats),
        };
    }

    private static NodePlan PlanCompletions(NodePlanInput input, List<NodeSeat> seats)
    {
        var indexes = new NodeIndexes(input, seats);
        foreach (var seat in seats)
            seat.Current = indexes.UnfinishedOn(seat).Count;

        var total = Math.Min(Math.Max(0, input.Work.Completions?.Parallelism ?? 0), indexes.Unfinished.Count);
        var (refusals, failures, unplaced) = Place(input, seats, total);
        var assigned = indexes.Assign(seats);
        var next = NodeShares.Next(input, seats, seat => assigned[seat].ToString(), total);
        return NodeExplanation.Explain(input, seats, next, refusals, total, unplaced) with
        {
            Failures = failures,
            NextLook = NextLook(input, seats),
        };
    }

    /// <remarks>As in Kubernetes a daemon's pod stays on a node that is drained, cordoned or lost, and goes where a node is cordoned.</remarks>
    private static NodePlan PlanPerNode(NodePlanInput input, List<NodeSeat> seats)
    {
        var pod = ResourceAmounts.OfPod(input.Work.Template);
        var refusals = new Refusals();
        var (wanted, unplaced) = (0, 0);
        foreach (var seat in seats)
        {
            seat.Current = seat.Share is { Phase: NodeSharePhase.Active } ? 1 : 0;
            seat.Ready = Math.Clamp(seat.Node.IsReady ? seat.Report?.Ready ?? 0 : 0, 0, seat.Current);
            var (node, template) = (seat.Node with { Unschedulable = false }, input.Work.Template.Spec);
            if (!NodeFilters.Matches(template, node.Labels))
                refusals.Add(FilterNames.NodeSelector, NodeFilters.OtherLabels, node.Name);
            else if (seat.Current > 0 || (!node.IsReady && seat.Share is not null))
                seat.Placed = 1;
            else if (!node.IsReady)
                refusals.Add(FilterNames.Ready, NodeFilters.Lost, node.Name);
            else if (NodeFilters.Closed(template, node) is { } closed)
                refusals.Add(closed.Filter, closed.Reason, node.Name);
            else if (node.Free.Fit(pod) == 0)
                (unplaced, _) = (unplaced + 1, Refuse(refusals, node, pod));
            else
                seat.Placed = 1;
            wanted += seat.Placed;
        }

        var next = NodeShares.Next(input, seats, seat => "", wanted);
        return NodeExplanation.Explain(input, seats, next, refusals, wanted + unplaced, unplaced);
    }

    private static bool Refuse(Refusals refusals, NodeSnapshot node, ResourceAmounts pod)
    {
        refusals.Add(FilterNames.Capacity, Filters.LackOf(node.Free, pod), node.Name);
        return true;
    }

    private static (Refusals Refusals, ImmutableArray<NodeFailure> Failures, int Unplaced) Place(NodePlanInput input, List<NodeSeat> seats, int total)
    {
        var pod = ResourceAmounts.OfPod(input.Work.Template);
        var refusals = new Refusals();
        var failures = NodeFailures.Next(input, seats);
        var failed = failures.IsEmpty ? [] : failures.Select(failure => failure.Node).ToHashSet();
        foreach (var seat in seats)
            NodeFilters.Apply(seat, input, pod, NodeFailures.LiesInTheMachine(seat), failed.Contains(seat.Node.Name), refusals);
        var homeless = NodeAssignment.Assign(seats, total);
        foreach (var seat in seats)
            seat.Adopt();
        return (refusals, failures, NodeDeparture.Decide(seats, total, homeless));
    }

    /// <summary>When the next node that is away loses its share.</summary>
    private static DateTimeOffset? NextLook(NodePlanInput input, List<NodeSeat> seats)
    {
        DateTimeOffset? next = null;
        foreach (var seat in seats)
        {
            if (seat is { Node.IsReady: false, IsLost: false } && Failover.DeadlineOf(seat.Node, input.FailoverAfter, input.Now) is { } deadline && deadline < DateTimeOffset.MaxValue && (next is null || deadline < next))
                next = deadline;
        }

        return next;
    }
}
