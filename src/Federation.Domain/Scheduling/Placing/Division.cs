using System.Buffers;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Divides a number of replicas over clusters by weight, within limits, moving as little as possible.</summary>
/// <remarks>
/// Each cluster has an exact quota. What it holds already it keeps up to its quota rounded up; the rest goes where the quota
/// is missed by most (largest remainder). From this follows: an assignment divided again stays as it is, and when a cluster
/// drops out nobody else loses a replica, because no remaining quota shrinks.
/// </remarks>
internal static class Division
{
    // Quotas that differ by less are equal: they come from sums of fractions.
    private const double Epsilon = 1e-9;

    /// <summary>Divides in proportion to the candidates' weights.</summary>
    /// <returns>The replicas that found no place.</returns>
    public static int ByWeight(int total, Span<Candidate> candidates) => Round(total, total - SetQuotas(total, candidates), candidates);

    /// <summary>What runs stays; replicas are added in proportion to free capacity and taken away in proportion to what is there.</summary>
    /// <remarks>Free capacity changes all the time: dividing everything anew by it would move replicas for ever.</remarks>
    /// <returns>The replicas that found no place.</returns>
    public static int ByCapacity(int total, Span<Candidate> candidates)
    {
        var (held, room) = (0L, 0L);
        foreach (ref readonly var candidate in candidates)
        {
            held += Math.Min(candidate.Current, candidate.Limit);
            room += RoomOf(candidate);
        }

        var added = Math.Min(Math.Max(0, total - held), room);
        foreach (ref var candidate in candidates)
        {
            var kept = Math.Min(candidate.Current, candidate.Limit);
            candidate.Quota = held > total ? (double)total * kept / held : kept + (room == 0 ? 0 : (double)added * RoomOf(candidate) / room);
        }

        return Round(total, (int)Math.Min(total, held + added), candidates);
    }

    /// <summary>What runs stays; replicas are added where there are fewest, and taken away where there are most.</summary>
    /// <remarks>Nothing moves when a place comes back or is added. Nothing is taken below <see cref="Candidate.Lower"/>.</remarks>
    /// <returns>The replicas that found no place.</returns>
    public static int ByLevel(int total, Span<Candidate> candidates)
    {
        var held = 0L;
        foreach (ref readonly var candidate in candidates)
            held += Math.Min(candidate.Current, candidate.Limit);

        var isGrowing = held <= total;
        var most = SumAt(total, candidates, isGrowing);
        // The highest level at which the sum is not above the total; the rest is rounding.
        var (level, high) = (0, total);
        while (level < high)
        {
            var middle = level + ((high - level + 1) / 2);
            if (SumAt(middle, candidates, isGrowing) <= total)
                level = middle;
            else
                high = middle - 1;
        }

        var (sum, above) = (SumAt(level, candidates, isGrowing), 0);
        foreach (ref readonly var candidate in candidates)
            above += AtLevel(candidate, level + 1, isGrowing) > AtLevel(candidate, level, isGrowing) ? 1 : 0;
        var part = above == 0 ? 0 : Math.Clamp((double)(total - sum) / above, 0, 1);
        foreach (ref var candidate in candidates)
        {
            var quota = AtLevel(candidate, level, isGrowing);
            candidate.Quota = AtLevel(candidate, level + 1, isGrowing) > quota ? quota + part : quota;
        }

        return Round(total, (int)Math.Max(sum, Math.Min(total, most)), candidates);
    }

    private static long SumAt(int level, ReadOnlySpan<Candidate> candidates, bool isGrowing)
    {
        var sum = 0L;
        foreach (ref readonly var candidate in candidates)
            sum += AtLevel(candidate, level, isGrowing);
        return sum;
    }

    private static int AtLevel(in Candidate candidate, int level, bool isGrowing)
    {
        var kept = Math.Min(candidate.Current, candidate.Limit);
        return isGrowing ? Math.Max(kept, Math.Min(level, candidate.Limit)) : Math.Max(Math.Min(candidate.Lower, kept), Math.Min(level, kept));
    }

    /// <summary>A cluster that states no capacity weighs as much as a very large one.</summary>
    private static long RoomOf(in Candidate candidate) => Math.Min(candidate.Limit, 1_000_000L + candidate.Current) - Math.Min(candidate.Current, candidate.Limit);

    private static int Round(int total, int placeable, Span<Candidate> candidates)
    {
        long sum = 0;
        foreach (ref var candidate in candidates)
        {
            candidate.Kept = Math.Min(candidate.Limit, Math.Max(candidate.Lower, Math.Min(candidate.Current, RoundUp(candidate.Quota))));
            candidate.Replicas = candidate.Kept;
            sum += candidate.Kept;
        }

        if (sum > placeable)
            Trim(sum - placeable, candidates, static (in candidate) => candidate.Lower);
        else if (sum < placeable)
            Raise(placeable, candidates);

        var placed = 0;
        foreach (ref readonly var candidate in candidates)
            placed += candidate.Replicas;
        return total - placed;
    }

    /// <summary>Water-filling: a cluster whose part exceeds its limit gets the limit, and the others divide what it leaves.</summary>
    private static int SetQuotas(int total, Span<Candidate> candidates)
    {
        foreach (ref var candidate in candidates)
            candidate.Quota = -1;

        double left = total;
        while (true)
        {
            var weights = 0.0;
            foreach (ref readonly var candidate in candidates)
                weights += candidate.Quota < 0 ? candidate.Weight : 0;
            if (weights <= 0)
                break;

            var perWeight = left / weights;
            var isBounded = false;
            foreach (ref var candidate in candidates)
            {
                if (candidate.Quota >= 0 || candidate.Weight * perWeight <= candidate.Limit)
                    continue;
                candidate.Quota = candidate.Limit;
                left -= candidate.Limit;
                isBounded = true;
            }

            if (isBounded)
                continue;
            foreach (ref var candidate in candidates)
            {
                if (candidate.Quota < 0)
                    candidate.Quota = candidate.Weight * perWeight;
            }

            return 0;
        }

        foreach (ref var candidate in candidates)
            candidate.Quota = Math.Max(0, candidate.Quota);
        return (int)Math.Round(left);
    }

    private static void Raise(int placeable, Span<Candidate> candidates)
    {
        long sum = 0;
        foreach (ref var candidate in candidates)
        {
            candidate.Replicas = Math.Min(candidate.Limit, Math.Max(candidate.Replicas, RoundDown(candidate.Quota)));
            sum += candidate.Replicas;
        }

        // What others keep above their quota is missing here: those that miss their quota least wait.
        if (sum > placeable)
            Trim(sum - placeable, candidates, static (in candidate) => candidate.Kept);

        var rented = ArrayPool<ulong>.Shared.Rent(candidates.Length);
        while (sum < placeable)
        {
            var order = rented.AsSpan(0, Order(candidates, rented));
            if (order.IsEmpty)
                break;
            var give = (int)Math.Min(placeable - sum, order.Length);
            foreach (var key in order[..give])
                candidates[IndexOf(key)].Replicas++;
            sum += give;
        }

        ArrayPool<ulong>.Shared.Return(rented);

        static int Order(Span<Candidate> candidates, ulong[] keys)
        {
            var count = 0;
            for (var i = 0; i < candidates.Length; i++)
            {
                ref readonly var candidate = ref candidates[i];
                var missing = candidate.Quota - candidate.Replicas;
                if (candidate.Replicas < candidate.Limit && missing > Epsilon)
                    keys[count++] = Key(-missing, candidate.Current > candidate.Replicas, candidate.ScoreOrder, i);
            }

            keys.AsSpan(0, count).Sort();
            return count;
        }
    }

    /// <summary>Takes replicas away where the quota is exceeded most, never below a floor. The worst score goes first among equals.</summary>
    private static void Trim(long over, Span<Candidate> candidates, Floor floor)
    {
        var keys = ArrayPool<ulong>.Shared.Rent(candidates.Length);
        while (over > 0)
        {
            var count = 0;
            for (var i = 0; i < candidates.Length; i++)
            {
                ref readonly var candidate = ref candidates[i];
                if (candidate.Replicas > floor(candidate))
                    keys[count++] = Key(candidate.Quota - candidate.Replicas, isPreferred: false, ScoreOrderMask - candidate.ScoreOrder, candidates.Length - 1 - i);
            }

            if (count == 0)
                break;
            keys.AsSpan(0, count).Sort();
            var take = (int)Math.Min(over, count);
            foreach (var key in keys.AsSpan(0, take))
                candidates[candidates.Length - 1 - IndexOf(key)].Replicas--;
            over -= take;
        }

        ArrayPool<ulong>.Shared.Return(keys);
    }

    private delegate int Floor(in Candidate candidate);

    private const uint ScoreOrderMask = (1 << 20) - 1;

    /// <summary>One number that sorts by distance (in millionths, between -1 and 1), preference, score and index, so that the sort is one of plain numbers.</summary>
    private static ulong Key(double distance, bool isPreferred, uint scoreOrder, int index) =>
        ((ulong)Math.Round((Math.Clamp(distance, -1, 1) + 1) * 1_000_000) << 42)
        | (isPreferred ? 0UL : 1UL << 41)
        | ((ulong)(scoreOrder & ScoreOrderMask) << 21)
        | (uint)index;

    private static int IndexOf(ulong key) => (int)(key & ((1 << 21) - 1));

    private static int RoundUp(double quota) => (int)Math.Ceiling(quota - Epsilon);

    private static int RoundDown(double quota) => (int)Math.Floor(quota + Epsilon);
}
