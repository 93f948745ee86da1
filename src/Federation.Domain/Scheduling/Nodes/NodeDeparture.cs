namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Makes before it breaks: decides how many of the pods that are to leave their nodes must stay for now.</summary>
/// <remarks>
/// A pod that serves stays until so many serve elsewhere as are wanted. One that does not serve stays only when its replacement found no node.
/// Nothing ever comes back to a node that is left, so this ends.
/// </remarks>
internal static class NodeDeparture
{
    /// <param name="total">Pods that are wanted in all.</param>
    /// <param name="unplaced">Those of them that found no other node.</param>
    /// <returns>Those that found neither another node nor may stay.</returns>
    public static int Decide(IReadOnlyList<NodeSeat> seats, int total, int unplaced)
    {
        var (serving, leaving) = (0L, 0L);
        foreach (var seat in seats)
        {
            serving += Math.Min(seat.ReadyStaying, seat.Placed);
            leaving += seat.Leaving;
        }

        var serve = Math.Max(0, total - serving);
        var retained = 0L;
        foreach (var seat in seats)
        {
            seat.Kept = seat.ReadyKept = (int)Math.Min(seat.ReadyLeaving, serve - retained);
            retained += seat.Kept;
        }

        var stay = Math.Min(leaving, unplaced);
        foreach (var seat in seats)
        {
            if (retained >= stay)
                break;
            var more = (int)Math.Min(seat.Leaving - seat.Kept, stay - retained);
            seat.Kept += more;
            retained += more;
        }

        return (int)(unplaced - stay);
    }
}
