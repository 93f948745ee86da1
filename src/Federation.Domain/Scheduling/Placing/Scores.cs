using System.Buffers;
using System.Numerics;
using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Orders clusters or nodes that the weights treat alike: the regions in turn, and in each region the emptiest cluster first.</summary>
internal static class Scores
{
    private const int MostShown = 20;

    public static void Apply(Span<Candidate> candidates)
    {
        NumberTopologies(candidates);
        var rented = ArrayPool<ulong>.Shared.Rent(candidates.Length);
        var order = rented.AsSpan(0, candidates.Length);
        for (var i = 0; i < candidates.Length; i++)
        {
            candidates[i].Room = RoomOf(candidates[i].Limit);
            order[i] = ((ulong)candidates[i].Region << 40) | ((ulong)(255 - candidates[i].Room) << 32) | (uint)i;
        }

        order.Sort();
        var (region, rank) = (-1, 0);
        foreach (var key in order)
        {
            ref var candidate = ref candidates[(int)(uint)key];
            rank = candidate.Region == region ? rank + 1 : 0;
            region = candidate.Region;
            candidate.RankInRegion = rank;
        }

        ArrayPool<ulong>.Shared.Return(rented);
    }

    /// <summary>The best clusters, those with replicas first.</summary>
    public static IReadOnlyList<PlacementScore> Explain(ReadOnlySpan<Candidate> candidates)
    {
        Span<ulong> best = stackalloc ulong[MostShown];
        var count = 0;
        for (var i = 0; i < candidates.Length; i++)
        {
            var key = (candidates[i].Replicas > 0 ? 0UL : 1UL << 63) | ((ulong)candidates[i].ScoreOrder << 32) | (uint)i;
            if (count == MostShown && key > best[^1])
                continue;
            var at = count < MostShown ? count++ : MostShown - 1;
            for (; at > 0 && best[at - 1] > key; at--)
                best[at] = best[at - 1];
            best[at] = key;
        }

        var scores = new PlacementScore[count];
        for (var i = 0; i < count; i++)
            scores[i] = Explain(candidates[(int)(uint)best[i]]);
        return scores;
    }

    private static PlacementScore Explain(in Candidate candidate) => new()
    {
        Cluster = candidate.Place.Name,
        Score = Math.Round((100.0 / (1 + candidate.RankInRegion)) + (candidate.Room / 256.0), 2),
        Replicas = candidate.Replicas,
        Why = (candidate.IsOpen, candidate.Current) switch
        {
            (false, _) => $"keeps the {candidate.Current} it has, takes no more",
            (true, 0) => $"choice {candidate.RankInRegion + 1} of region {candidate.Place.Region}, {RoomText(candidate.Limit)}",
            _ => $"holds {candidate.Current}; choice {candidate.RankInRegion + 1} of region {candidate.Place.Region}, {RoomText(candidate.Limit)}",
        },
    };

    private static string RoomText(int limit) => limit == int.MaxValue ? "unbounded room" : $"room for {limit}";

    /// <summary>A logarithm to an eighth: small changes of a large cluster do not reorder anything.</summary>
    private static byte RoomOf(int limit)
    {
        if (limit == int.MaxValue)
            return 255;
        var value = (uint)limit + 1;
        var exponent = BitOperations.Log2(value);
        var eighths = exponent >= 3 ? (value >> (exponent - 3)) & 7 : (value << (3 - exponent)) & 7;
        return (byte)Math.Min(254, (exponent * 8) + (int)eighths);
    }

    private static void NumberTopologies(Span<Candidate> candidates)
    {
        var regions = new Dictionary<string, int>();
        var zones = new Dictionary<(int, string), int>();
        for (var i = 0; i < candidates.Length; i++)
        {
            ref var candidate = ref candidates[i];
            candidate.Region = NumberOf(regions, candidate.Place.Region);
            candidate.Zone = NumberOf(zones, (candidate.Region, candidate.Place.Zone ?? ""));
        }
    }

    private static int NumberOf<TKey>(Dictionary<TKey, int> numbers, TKey key)
        where TKey : notnull
    {
        if (!numbers.TryGetValue(key, out var number))
            numbers[key] = number = numbers.Count;
        return number;
    }
}
