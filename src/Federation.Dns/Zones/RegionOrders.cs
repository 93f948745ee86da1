using System.Collections.Immutable;
using Federation.Dns.Places;

namespace Federation.Dns.Zones;

/// <summary>Who stands in for which region, by the regions' numbers. Immutable.</summary>
internal sealed class RegionOrders
{
    private readonly int[][] _orders;

    private RegionOrders(int[][] orders) => _orders = orders;

    public static RegionOrders Unknown { get; } = new([]);

    /// <param name="regions">All that have an order.</param>
    /// <param name="order">A region itself, then who stands in for it, best first.</param>
    /// <param name="numbers">Of the regions.</param>
    public static RegionOrders Of(IEnumerable<string> regions, Func<string, ImmutableArray<string>> order, RegionNumbers numbers)
    {
        var orders = regions.Distinct().ToDictionary(numbers.Of, region => order(region).Select(numbers.Of).ToArray());
        var list = new int[orders.Count == 0 ? 0 : orders.Keys.Max() + 1][];
        for (var i = 0; i < list.Length; i++)
            list[i] = orders.GetValueOrDefault(i) ?? [i];
        return new RegionOrders(list);
    }

    /// <summary>The name as the region nearest to one answers it, that region itself first; null: none of those that could is known to be near.</summary>
    /// <param name="global">The name without region.</param>
    /// <param name="region">The one that is asked for, or that the client is in.</param>
    /// <param name="type">Only a region with such records; <see cref="Wire.RecordType.None"/>: with any.</param>
    public ZoneNode? Nearest(ZoneNode global, int region, Wire.RecordType type)
    {
        if ((uint)region >= (uint)_orders.Length)
            return global.InRegion(region, type);
        foreach (var near in _orders[region])
        {
            if (global.InRegion(near, type) is { } node)
                return node;
        }

        return null;
    }

    /// <summary>The name as the region answers it that has room for a client and is the nearest to the client's; null: those that are near have no room, and there are others.</summary>
    /// <param name="global">The name without region.</param>
    /// <param name="region">The one that the client is in.</param>
    /// <param name="type">Only a region with such records; <see cref="Wire.RecordType.None"/>: with any.</param>
    /// <param name="client">Where it stands among the clients of the name.</param>
    public ZoneNode? Nearest(ZoneNode global, int region, Wire.RecordType type, ref ClientPoint client)
    {
        var (near, known) = ((ZoneNode?)null, 0);
        ReadOnlySpan<int> order = (uint)region < (uint)_orders.Length ? _orders[region] : new ReadOnlySpan<int>(in region);
        foreach (var other in order)
        {
            if (global.InRegion(other, type) is not { } node)
                continue;
            if (client.FitsInto(node))
                return node;
            near ??= node;
            known++;
        }

        // Where nobody has room it helps nobody to hand clients on.
        return known == CountOf(global, type) ? near : null;
    }

    private static int CountOf(ZoneNode global, Wire.RecordType type)
    {
        var count = 0;
        foreach (var node in global.Regional)
            count += node.Answers.Length > 0 && (type == Wire.RecordType.None || node.Find(type) is not null) ? 1 : 0;
        return count;
    }

    public bool IsSameAs(RegionOrders other) => _orders.Length == other._orders.Length && _orders.Zip(other._orders).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
}
