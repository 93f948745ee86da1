using System.Collections.Immutable;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Gives each pet to one node, and to the next only when the one before surely runs it no more (docs/adr/0009).</summary>
internal static class PetPlanner
{
    public static NodePlan Plan(NodePlanInput input, List<NodeSeat> seats)
    {
        var pets = new PetTable(input, seats);
        var isKept = input.Work.Pets is { IsFenced: false };
        foreach (var (node, pet) in pets.Held.ToList())
        {
            // A node that is not there is told nothing: it keeps the epoch that it knows.
            var epoch = pets.SeatOf(node)?.Node.IsReady == true ? Math.Max(pet.Epoch, pets.Wanted.GetValueOrDefault(pet.Ordinal)?.Epoch ?? 0) : pet.Epoch;
            pets.Set(node, pet with { Epoch = epoch, IsKept = pet.IsKept || isKept });
        }

        PetDeparture.DecideUnwanted(pets);
        pets.Resolve();
        pets.Copies = PetCopies.Keep(input, pets);
        var (refusals, failures) = Filter(input, pets, seats);
        var assignment = new PetAssignment(input, pets, seats);
        var troubles = PetDeparture.Decide(input, pets, seats, assignment.HasRoomElsewhere);
        pets.Resolve();
        foreach (var (ordinal, trouble) in assignment.Assign())
            troubles[ordinal] = trouble;

        var copies = PetCopies.Assign(input, pets, assignment);
        var shares = SharesOf(input, pets, seats);
        var places = PetPlaces.Of(pets, troubles);
        return PetExplanation.Explain(input, pets, places, refusals) with
        {
            Shares = shares,
            Forward = Forward(input, pets, seats),
            Failures = failures,
            Pets = places,
            Copies = copies,
            NextLook = NextLook(input, pets, seats),
        };
    }

    /// <summary>The work is gone: every node that has a share is told, and none forgets a pet that may still run.</summary>
    public static ImmutableArray<NodeShare> Withdraw(NodePlanInput input, List<NodeSeat> seats)
    {
        var pets = new PetTable(input with { Work = input.Work with { Pets = null } }, seats);
        foreach (var (node, pet) in pets.Held.ToList())
            pets.Release(node, pet);
        pets.Resolve();
        return
        [
            .. input.Shares.DistinctBy(share => share.Node)
                .Select(share => NodeShares.Withdraw(share, input) with { Pets = [.. pets.Of(share.Node)] })
                .Where(share => !share.Pets.IsEmpty || (pets.SeatOf(share.Node) is not null && !NodeShares.IsConfirmed(share, input)))
                .OrderBy(share => share.Node, StringComparer.Ordinal),
        ];
    }

    private static (Refusals Refusals, ImmutableArray<NodeFailure> Failures) Filter(NodePlanInput input, PetTable pets, List<NodeSeat> seats)
    {
        foreach (var seat in seats)
        {
            seat.Current = pets.HeldBy(seat.Node.Name).Count();
            seat.Ready = pets.HeldBy(seat.Node.Name).Count(pet => pets.IsReady(seat.Node.Name, pet.Ordinal));
        }

        var refusals = new Refusals();
        var failures = NodeFailures.Next(input, seats);
        var failed = failures.Select(failure => failure.Node).ToHashSet();
        foreach (var seat in seats)
            NodeFilters.Apply(seat, input, ResourceAmounts.OfPod(input.Work.Template), NodeFailures.LiesInTheMachine(seat), failed.Contains(seat.Node.Name), refusals);
        return (refusals, failures);
    }

    /// <remarks>
    /// Any node may have volumes of a pet that are to go, also one whose share was lost with the agent's disk: each is told.
    /// A share without pets stays while the set has volumes: what is said of them reaches the node. One of a node that was given up stays until the node surely runs nothing of it.
    /// </remarks>
    private static ImmutableArray<NodeShare> SharesOf(NodePlanInput input, PetTable pets, List<NodeSeat> seats)
    {
        var known = input.Shares.DistinctBy(share => share.Node).ToDictionary(share => share.Node);
        var next = new List<NodeShare>();
        foreach (var node in seats.Select(seat => seat.Node.Name).Union(known.Keys))
        {
            ImmutableArray<NodePet> own = [.. pets.Of(node)];
            var held = own.Count(pet => !pet.IsReleased);
            var share = known.GetValueOrDefault(node);
            ImmutableArray<NodeCopy> copies = [.. pets.Copies.Where(copy => copy.Value == node).Select(copy => copy.Key).OrderBy(copy => copy.Ordinal)];
            var isAsked = !copies.IsEmpty || (input.Work.Pets is { Discard.Count: > 0 } && pets.SeatOf(node) is not null);
            if (isAsked || held > 0 || share is { Phase: NodeSharePhase.Active } && (own.Length > 0 || PetDeparture.HasVolumes(input) && pets.SeatOf(node) is not null))
                next.Add(Activate(node, share, own, held, input) with { Copies = copies });
            else if (share is not null && Leave(share with { Pets = own, Copies = [] }, pets, input) is { } left)
                next.Add(left);
        }

        return [.. next.OrderBy(share => share.Node, StringComparer.Ordinal)];
    }

    private static NodeShare Activate(string node, NodeShare? share, ImmutableArray<NodePet> own, int held, NodePlanInput input)
    {
        if (share is not { Phase: NodeSharePhase.Active })
            share = new NodeShare { Node = node, Phase = NodeSharePhase.Active, Since = input.Now, ActiveAfter = input.Revision };
        return share with { Replicas = held, Pets = own };
    }

    /// <returns>Null: nothing is left of it.</returns>
    private static NodeShare? Leave(NodeShare share, PetTable pets, NodePlanInput input)
    {
        if (share.Pets.IsEmpty && (pets.SeatOf(share.Node) is null || NodeShares.IsConfirmed(share, input)))
            return null;
        return NodeShares.Withdraw(share, input);
    }

    /// <summary>An eviction restarts the pet where it is, unless the pet is to leave for it: then it stops when it leaves, or stays with what the work says.</summary>
    private static ImmutableArray<PendingEviction> Forward(NodePlanInput input, PetTable pets, List<NodeSeat> seats)
    {
        var leaving = seats.Where(seat => seat.LeavingBecause is not null).Select(seat => seat.Node.Name).ToHashSet();
        return
        [
            .. input.Evictions.Where(eviction => eviction.Eviction.GracePeriodSeconds <= 0 || !leaving.Contains(eviction.Node)
                || !pets.HeldBy(eviction.Node).Any(pet => pet.Ordinal == eviction.Index)),
        ];
    }

    private static DateTimeOffset? NextLook(NodePlanInput input, PetTable pets, List<NodeSeat> seats)
    {
        var moments = seats.Where(seat => seat is { Node.IsReady: false, IsLost: false }).Select(seat => Failover.DeadlineOf(seat.Node, input.FailoverAfter, input.Now))
            .Concat(pets.All.Where(entry => entry.Pet.IsReleased).Select(entry => (DateTimeOffset?)input.Fence.FencedAtOf(entry.Node)))
            .Append(input.Fence.MayHaveForgotten ? input.Fence.EarlierFencedAt : null);
        return moments.Where(moment => moment > input.Now && moment < DateTimeOffset.MaxValue).Min();
    }
}
