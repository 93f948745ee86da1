namespace Federation.Domain.Scheduling.Nodes;

/// <summary>Brings together what the input says about each node. Shares of nodes that no longer exist are dropped: nobody is left to ask.</summary>
internal static class NodeSeats
{
    public static List<NodeSeat> Of(NodePlanInput input)
    {
        var shares = new Dictionary<string, NodeShare>(input.Shares.Length);
        foreach (var share in input.Shares)
            shares.TryAdd(share.Node, share);
        var seats = new List<NodeSeat>(input.Nodes.Length);
        foreach (var node in input.Nodes)
            seats.Add(new NodeSeat(node, shares.GetValueOrDefault(node.Name), input.Reports.GetValueOrDefault(node.Name)));
        seats.Sort(static (left, right) => string.CompareOrdinal(left.Node.Name, right.Node.Name));
        for (var i = seats.Count - 1; i > 0; i--)
        {
            if (seats[i].Node.Name == seats[i - 1].Node.Name)
                seats.RemoveAt(i);
        }

        AddEvictions(input, seats);
        return seats;
    }

    private static void AddEvictions(NodePlanInput input, List<NodeSeat> seats)
    {
        if (input.Evictions.IsEmpty)
            return;
        var byNode = seats.ToDictionary(seat => seat.Node.Name);
        foreach (var eviction in input.Evictions.DistinctBy(eviction => eviction.Eviction.Uid))
        {
            if (!byNode.TryGetValue(eviction.Node, out var seat))
                continue;
            if (MayWait(eviction) && seat.Share?.Evicted.Contains(eviction.Eviction.Uid) != true)
                seat.Evictions.Add(eviction);
            else if (eviction.IsReady)
                seat.Stopping++;
        }

        foreach (var seat in seats)
            seat.Evictions.Sort(static (left, right) => Order(left).CompareTo(Order(right)));
    }

    /// <summary>Who asks for a kill does not want to wait for a replacement.</summary>
    private static bool MayWait(PendingEviction eviction) => eviction.Eviction.GracePeriodSeconds > 0;

    private static (bool, DateTimeOffset, string) Order(PendingEviction eviction) => (eviction.IsReady, eviction.Eviction.RequestedAt, eviction.Eviction.Uid);
}
