using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Jobs;

/// <summary>Divides a Job's parallelism, and with it the open indexes, over the clusters.</summary>
/// <remarks>
/// An index stays where it is while its cluster takes part: it may run there. Those that nobody has go where the fewest are for the parallelism.
/// When a cluster would stand idle, others give it of what they have not begun: each runs its lowest indexes first, so the highest ones go.
/// A cluster that is not Ready neither gets nor gives any until it is given up.
/// </remarks>
/// <param name="Placement">Where how many pods run at a time.</param>
/// <param name="Indexes">Of each target, the indexes it is to complete.</param>
internal sealed record JobDivision(Placement Placement, ImmutableDictionary<string, IndexSet> Indexes)
{
    public static JobDivision Of(Job job, IndexSet open, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var held = Held(job, open);
        IReadOnlyList<ClusterShare> shares = [.. job.Shares.Select(share => share with { Replicas = Math.Min(share.Replicas, held.GetValueOrDefault(share.Cluster, IndexSet.Empty).Count) })];
        var wanted = Math.Min(Math.Max(0, job.Spec.Parallelism ?? 1), open.Count);
        var placement = PlacementPlanner.Place(new PlacementInput(wanted, ResourceAmounts.OfPod(job.Template), job.Rules, clusters, shares, now));
        var indexes = Assign(open, held, placement.Targets);
        var targets = placement.Targets
            .Select(target => target with { Replicas = Math.Min(target.Replicas, indexes[target.Cluster.Name].Count) })
            .Where(target => target.Replicas > 0);
        return new JobDivision(placement with { Targets = [.. targets] }, indexes);
    }

    /// <summary>The open indexes by the cluster that has them now; each has one at most.</summary>
    private static Dictionary<string, IndexSet> Held(Job job, IndexSet open)
    {
        var held = new Dictionary<string, IndexSet>();
        foreach (var share in job.Shares.Where(share => share.Phase == SharePhase.Active))
        {
            held[share.Cluster] = IndexSet.Parse(share.Indexes).Intersect(open);
            open = open.Except(held[share.Cluster]);
        }

        return held;
    }

    private static ImmutableDictionary<string, IndexSet> Assign(IndexSet open, Dictionary<string, IndexSet> held, ImmutableArray<PlacementTarget> targets)
    {
        var seats = targets.Select(target => new Seat(target.Cluster.Name, target.Replicas, target.Cluster.IsReady, held.GetValueOrDefault(target.Cluster.Name, IndexSet.Empty))).ToList();
        var pool = seats.Aggregate(open, (left, seat) => left.Except(seat.Indexes));
        var takers = seats.Where(seat => seat.IsReady).ToList();
        var slots = takers.Sum(seat => (long)seat.Slots);
        var total = takers.Sum(seat => (long)seat.Indexes.Count) + pool.Count;
        foreach (var seat in takers)
            seat.Quota = (int)((total * seat.Slots + slots - 1) / slots);

        var idle = takers.Sum(seat => Math.Max(0, seat.Slots - seat.Indexes.Count));
        if (idle > pool.Count)
        {
            pool = takers.Aggregate(pool, static (given, seat) => given.Union(seat.GiveBackTo(Math.Max(seat.Slots, seat.Quota))));
            foreach (var seat in takers.OrderByDescending(seat => seat.Waiting).ThenBy(seat => seat.Cluster, StringComparer.Ordinal))
                pool = pool.Union(seat.GiveBackTo(seat.Indexes.Count - Math.Clamp(idle - pool.Count, 0, seat.Waiting)));
        }

        // Nobody stands idle; then everybody gets his part, of indexes that follow each other.
        var left = pool.Count;
        foreach (var seat in takers)
            left = seat.GrowTo(seat.Slots, left);
        foreach (var seat in takers)
            left = seat.GrowTo(seat.Quota, left);
        foreach (var seat in takers)
            pool = seat.Take(pool);
        return seats.ToImmutableDictionary(seat => seat.Cluster, seat => seat.Indexes);
    }

    private sealed class Seat(string cluster, int slots, bool isReady, IndexSet indexes)
    {
        public string Cluster => cluster;

        public int Slots => slots;

        public bool IsReady => isReady;

        public IndexSet Indexes { get; private set; } = indexes;

        /// <summary>Its part of the indexes, rounded up.</summary>
        public int Quota { get; set; }

        /// <summary>Those that have not begun: it runs its lowest ones.</summary>
        public int Waiting => Math.Max(0, Indexes.Count - Slots);

        /// <summary>How many it is to get.</summary>
        private int _growth;

        public IndexSet GiveBackTo(int count)
        {
            var given = Indexes.Except(Indexes.Take(count));
            Indexes = Indexes.Take(count);
            return given;
        }

        /// <returns>What is left of so many.</returns>
        public int GrowTo(int count, int left)
        {
            var growth = Math.Clamp(count - Indexes.Count - _growth, 0, left);
            _growth += growth;
            return left - growth;
        }

        /// <returns>What is left of the pool.</returns>
        public IndexSet Take(IndexSet pool)
        {
            var taken = pool.Take(_growth);
            Indexes = Indexes.Union(taken);
            return pool.Except(taken);
        }
    }
}
