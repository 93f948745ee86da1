using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Domain.DnsRecords;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Daemons;

/// <summary>Plans a daemon: which clusters take part, and what its status says then. Which machines run it, each cluster decides.</summary>
/// <remarks>
/// Pure and total. A daemon reserves nothing: it runs wherever it matches, and what its clusters say they run counts as taken from then on.
/// <code>
/// cluster                                share
/// matches, Ready, open to new pods       Active; as many replicas as it says it has matching machines
/// matches, cordoned or tainted           Active if it was; else none
/// matches, not Ready                     as it was: nothing could run in its stead
/// does not match (any more)              Withdrawing once it can be asked
/// </code>
/// </remarks>
public static class DaemonPlanner
{
    /// <param name="daemon">As stored, with its revision in <c>metadata.resourceVersion</c> and the reports folded into its status.</param>
    public static PlacementPlan<DaemonStatus> Plan(Daemon daemon, PlacementObserved observed)
    {
        var clusters = observed.SortedClusters();
        daemon = (Daemon)PlacedShares.Sorted(daemon);
        return daemon.IsDeleting ? PlanDeletion(daemon, clusters, observed.Now) : PlanPlacement(daemon, clusters, observed.Now);
    }

    private static PlacementPlan<DaemonStatus> PlanPlacement(Daemon daemon, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var placement = Place(daemon, clusters, now);
        var shares = SharePlanner.Plan(daemon, placement, clusters, now);
        var next = StatusOf(daemon, placement, shares, clusters, now);
        var isEmpty = AreEqual(daemon.Status, next);
        return new PlacementPlan<DaemonStatus>(
            [],
            isEmpty ? daemon.Status : next,
            shares.LeavesAt,
            isEmpty,
            IsConverged: isEmpty && next.Conditions.IsTrue(AppConditions.Converged));
    }

    private static PlacementPlan<DaemonStatus> PlanDeletion(Daemon daemon, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var deletion = DeletionPlan.Of(daemon, clusters, now);
        var next = Count(daemon, deletion.Shares, deletion.Ready) with
        {
            Conditions = daemon.Status.Conditions.With(ConditionPlanner.Deleting(deletion.Shares) with { ObservedGeneration = daemon.Metadata.Generation }, now),
        };
        return deletion.ToPlan(daemon.Status, next, AreEqual(daemon.Status, next));
    }

    /// <summary>One replica for each cluster finds those that take part; the cluster itself says how many it comes to.</summary>
    private static Placement Place(Daemon daemon, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        IReadOnlyList<ClusterShare> asOne = [.. daemon.Shares.Select(share => share with { Replicas = share.Phase == SharePhase.Active ? 1 : 0 })];
        var placement = PlacementPlanner.Place(new PlacementInput(1, default, daemon.Rules, clusters, asOne, now));
        var desired = daemon.Shares.ToDictionary(share => share.Cluster, share => share.Replicas);
        var targets = placement.Targets.Select(target => target with { Replicas = desired.GetValueOrDefault(target.Cluster.Name) }).ToImmutableArray();
        return placement with
        {
            Targets = targets,
            Wanted = targets.Sum(target => target.Replicas),
            Unplaced = 0,
            Scores = [],
            Hints = targets.IsEmpty ? placement.Hints : [],
        };
    }

    private static DaemonStatus StatusOf(Daemon daemon, Placement placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var ready = PlacedShares.ReadyClusters(shares.Next, clusters);
        var counted = Count(daemon, shares.Next, ready);
        var generation = daemon.Metadata.Generation;
        return counted with
        {
            Placement = DecisionPlanner.Plan(daemon, placement, shares, clusters, counted.Ready, now),
            LongestTtl = NameTtl.Next(daemon, now),
            Conditions = daemon.Status.Conditions
                .With(ConditionPlanner.TakesPart(placement) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Available(counted.Desired, counted.Ready, shares.Next, ready) with { ObservedGeneration = generation }, now)
                .With(ConditionPlanner.Converged(shares.Next, ready, TemplateHash.Of(daemon.Spec.Template)) with { ObservedGeneration = generation }, now),
        };
    }

    private static DaemonStatus Count(Daemon daemon, IReadOnlyList<ClusterShare> shares, HashSet<string> ready)
    {
        var counts = PlacedShares.Count(shares, ready);
        return daemon.Status with
        {
            ObservedGeneration = daemon.Metadata.Generation,
            Desired = shares.Where(share => share.Phase == SharePhase.Active && ready.Contains(share.Cluster)).Sum(share => share.Replicas),
            Running = counts.Running,
            Ready = counts.Ready,
            Updated = counts.Updated,
            Selector = $"{PodLabels.Uid}={daemon.Metadata.Uid}",
            Clusters = shares,
        };
    }

    /// <remarks>Of the lists and the decision: an equal decision is the same instance, see <see cref="DecisionPlanner"/>.</remarks>
    private static bool AreEqual(DaemonStatus left, DaemonStatus right) =>
        ReferenceEquals(left.Placement, right.Placement)
        && left.LongestTtl == right.LongestTtl
        && left.Conditions.SequenceEqual(right.Conditions)
        && left.Clusters.SequenceEqual(right.Clusters)
        && Counters(left) == Counters(right);

    private static (long, int, int, int, int, string?) Counters(DaemonStatus status) =>
        (status.ObservedGeneration, status.Desired, status.Running, status.Ready, status.Updated, status.Selector);
}
