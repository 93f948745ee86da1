using System.Buffers;
using System.Collections.Immutable;
using Federation.Api.Apps;

namespace Federation.Domain.Scheduling.Placing;

/// <summary>Places replicas on clusters: filter, score, assign, explain. Pure and total.</summary>
internal static class PlacementPlanner
{
    public static Placement Place(PlacementInput input)
    {
        var refusals = new Refusals();
        var roomless = new List<ClusterSnapshot>();
        var rented = ArrayPool<Candidate>.Shared.Rent(input.Clusters.Length);
        try
        {
            var candidates = rented.AsSpan(0, Filters.Apply(input, rented, refusals, roomless));
            Scores.Apply(candidates);
            SetWeights(input, candidates);
            candidates = Spread.KeepToMaxima(input, candidates, refusals);
            SetWeights(input, candidates);

            var (wanted, unplaced) = input.Mode == DivideMode.Duplicate
                ? Duplicate(input.Replicas, candidates, roomless.Count)
                : (input.Replicas, Divide(input, candidates));
            var unmet = Spread.Unmet(input, candidates);
            return new Placement
            {
                Targets = TargetsOf(candidates),
                Wanted = wanted,
                Unplaced = unplaced,
                Refused = refusals.ToList(),
                Scores = Scores.Explain(candidates),
                UnmetSpread = unmet,
                Hints = unplaced == 0 ? unmet : [.. unmet, .. Hints.Of(input, candidates, roomless, refusals, unplaced)],
            };
        }
        finally
        {
            ArrayPool<Candidate>.Shared.Return(rented, clearArray: true);
        }
    }

    private static int Divide(PlacementInput input, Span<Candidate> candidates)
    {
        var unplaced = DivideOnce(input, candidates);
        return input.Spec.Spread.Count > 0 && Spread.RaiseMinima(input, candidates) ? DivideOnce(input, candidates) : unplaced;
    }

    private static int DivideOnce(PlacementInput input, Span<Candidate> candidates) => input.Mode == DivideMode.Capacity
        ? Division.ByCapacity(input.Replicas, candidates)
        : Division.ByWeight(input.Replicas, candidates);

    /// <summary>Every cluster runs all replicas, or as many as fit. One without room for any is still asked for.</summary>
    private static (int Wanted, int Unplaced) Duplicate(int replicas, Span<Candidate> candidates, int roomless)
    {
        var (wanted, unplaced) = (replicas * roomless, replicas * roomless);
        foreach (ref var candidate in candidates)
        {
            candidate.Replicas = Math.Min(replicas, candidate.Limit);
            var asked = candidate.IsOpen ? replicas : candidate.Replicas;
            wanted += asked;
            unplaced += asked - candidate.Replicas;
        }

        // Without any cluster the app still asks for its replicas.
        return wanted == 0 && candidates.IsEmpty ? (replicas, replicas) : (wanted, unplaced);
    }

    /// <summary>A region's weight is shared by those of its clusters that take part.</summary>
    private static void SetWeights(PlacementInput input, Span<Candidate> candidates)
    {
        var weights = input.Weights;
        if (weights.Count == 0)
        {
            foreach (ref var candidate in candidates)
                candidate.Weight = 1;
            return;
        }

        var sharers = new int[weights.Count];
        foreach (ref readonly var candidate in candidates)
            sharers[candidate.WeightEntry]++;
        foreach (ref var candidate in candidates)
            candidate.Weight = (double)weights[candidate.WeightEntry].Weight / sharers[candidate.WeightEntry];
    }

    private static ImmutableArray<PlacementTarget> TargetsOf(ReadOnlySpan<Candidate> candidates)
    {
        var targets = ImmutableArray.CreateBuilder<PlacementTarget>();
        foreach (ref readonly var candidate in candidates)
        {
            if (candidate.Replicas > 0)
                targets.Add(new PlacementTarget((ClusterSnapshot)candidate.Place, candidate.Replicas));
        }

        return targets.ToImmutable();
    }
}
