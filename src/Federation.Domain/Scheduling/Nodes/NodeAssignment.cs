using System.Buffers;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Places pods on nodes: what runs stays, what is missing goes where there are fewest, and among these to the emptiest.</summary>
internal static class NodeAssignment
{
    private const int Tiers = 3;

    /// <returns>The pods that found no node.</returns>
    public static int Assign(IReadOnlyList<NodeSeat> seats, int total)
    {
        var rented = ArrayPool<Candidate>.Shared.Rent(seats.Count);
        try
        {
            var candidates = rented.AsSpan(0, seats.Count);
            for (var i = 0; i < seats.Count; i++)
                candidates[i] = new Candidate { Place = seats[i].Node, Current = seats[i].Staying, Limit = seats[i].Limit, IsOpen = seats[i].IsOpen };
            Scores.Apply(candidates);

            var unplaced = seats.Sum(seat => (long)seat.Staying) > total ? Shrink(seats, total, candidates) : Grow(seats, total, candidates);
            for (var i = 0; i < seats.Count; i++)
                seats[i].Placed = candidates[i].Replicas;
            return unplaced;
        }
        finally
        {
            ArrayPool<Candidate>.Shared.Return(rented, clearArray: true);
        }
    }

    private static int Grow(IReadOnlyList<NodeSeat> seats, int total, Span<Candidate> candidates)
    {
        var unplaced = total;
        for (var tier = 0; tier < Tiers && unplaced > 0; tier++)
        {
            for (var i = 0; i < seats.Count; i++)
            {
                if (tier > 0)
                    candidates[i].Current = candidates[i].Replicas;
                candidates[i].Limit = seats[i].Tier <= tier ? seats[i].Limit : candidates[i].Current;
            }

            unplaced = Division.ByLevel(total, candidates);
        }

        return unplaced;
    }

    /// <summary>Pods that do not serve go first, then those on nodes that take nothing new.</summary>
    private static int Shrink(IReadOnlyList<NodeSeat> seats, int total, Span<Candidate> candidates)
    {
        Span<int> floors = seats.Count <= 256 ? stackalloc int[seats.Count] : new int[seats.Count];
        for (var step = 0; step < 3; step++)
        {
            var floor = 0;
            for (var i = 0; i < seats.Count; i++)
            {
                if (step > 0)
                    candidates[i].Current = candidates[i].Replicas;
                floors[i] = step switch
                {
                    0 => Math.Min(seats[i].ReadyStaying, candidates[i].Current),
                    1 => seats[i].IsOpen ? Math.Min(seats[i].ReadyStaying, candidates[i].Current) : 0,
                    _ => 0,
                };
                candidates[i].Lower = floors[i];
                floor += floors[i];
            }

            Division.ByLevel(Math.Max(total, floor), candidates);
            if (floor <= total)
                break;
        }

        return 0;
    }
}
