using Federation.Dns.Wire;

namespace Federation.Dns.Places;

/// <summary>From addresses to places: networks, one inside another, laid out flat as ranges in order. IPv4 lies within IPv6, as <see cref="ClientAddress"/> has it.</summary>
/// <remarks>A search is a binary one over the ranges' starts, and allocates nothing.</remarks>
internal sealed class AddressMap
{
    /// <summary>Nobody claims the address.</summary>
    public const int None = -1;

    private const int Bits = 128;

    private readonly UInt128[] _starts;
    private readonly short[] _places;

    private AddressMap(UInt128[] starts, short[] places)
    {
        _starts = starts;
        _places = places;
    }

    public static AddressMap Empty { get; } = new([0], [None]);

    /// <summary>Ranges that differ from their neighbours.</summary>
    public int Count => _starts.Length;

    /// <param name="networks">In any order; of two that hold an address, the longer prefix decides; of two equal ones, the first.</param>
    public static AddressMap Of(IEnumerable<(UInt128 First, int PrefixLength, int Place)> networks)
    {
        var ranges = new List<(UInt128 Start, short Place)> { (UInt128.Zero, None) };
        var around = new Stack<(UInt128 Last, short Place)>();
        var before = default((UInt128 First, int PrefixLength)?);
        foreach (var (first, prefixLength, place) in networks.OrderBy(network => network.First).ThenBy(network => network.PrefixLength))
        {
            if (before == (first, prefixLength))
                continue;
            before = (first, prefixLength);
            Leave(until: first);
            ranges.Add((first, (short)place));
            around.Push((first | LastBits(Bits - prefixLength), (short)place));
        }

        Leave(until: null);
        return Flat(ranges);

        void Leave(UInt128? until)
        {
            while (around.TryPeek(out var inner) && (until is null || inner.Last < until))
            {
                around.Pop();
                if (inner.Last < UInt128.MaxValue)
                    ranges.Add((inner.Last + 1, around.TryPeek(out var outer) ? outer.Place : (short)None));
            }
        }
    }

    /// <summary>The place of an address, and how many leading bits of the address decide about it: all addresses that share them have the same place.</summary>
    public (int Place, int Scope) Find(UInt128 address)
    {
        var found = Array.BinarySearch(_starts, address);
        var at = found >= 0 ? found : ~found - 1;
        var free = Bits;
        if (at > 0)
            free = Math.Min(free, HighestDifference(address, _starts[at] - 1));
        if (at + 1 < _starts.Length)
            free = Math.Min(free, HighestDifference(address, _starts[at + 1]));
        return (_places[at], Bits - free);
    }

    /// <summary>Of several ranges that start at one address, the last one added is the innermost.</summary>
    private static AddressMap Flat(List<(UInt128 Start, short Place)> ranges)
    {
        var (starts, places) = (new List<UInt128>(ranges.Count), new List<short>(ranges.Count));
        for (var i = 0; i < ranges.Count; i++)
        {
            if (i + 1 < ranges.Count && ranges[i + 1].Start == ranges[i].Start)
                continue;
            if (places.Count > 0 && places[^1] == ranges[i].Place)
                continue;
            starts.Add(ranges[i].Start);
            places.Add(ranges[i].Place);
        }

        return new AddressMap([.. starts], [.. places]);
    }

    private static UInt128 LastBits(int count) => count == 0 ? 0 : UInt128.MaxValue >>> (Bits - count);

    /// <summary>The place of the highest bit in which two addresses differ, 0 being the lowest bit: blocks of at most so many bits around one hold the other not.</summary>
    private static int HighestDifference(UInt128 one, UInt128 other) => Bits - 1 - (int)UInt128.LeadingZeroCount(one ^ other);
}
