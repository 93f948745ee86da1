using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;

namespace Federation.Domain.Scheduling.Jobs;

/// <summary>Plans a Job without a schedule: which clusters are to complete which indexes, and what its status says then.</summary>
/// <remarks>
/// Pure and total. An index leaves the works only once its completion stands in the status: what was noted never runs again, what was not is run at least once.
/// <code>
/// the Job                       indexes asked for      a cluster's share
/// runs                          the open ones          Active with its part; Active and empty when it has none: finished pods stay for their logs
/// is suspended, has ended       none                   Active and empty: what runs is stopped
/// runs, cluster lost too long   given to others        Away
/// cluster may not run it        given to others        Withdrawing
/// </code>
/// </remarks>
public static class JobPlanner
{
    /// <param name="job">As stored, with its revision in <c>metadata.resourceVersion</c> and the reports folded into its status.</param>
    public static PlacementPlan<JobStatus> Plan(Job job, PlacementObserved observed)
    {
        var clusters = observed.SortedClusters();
        job = (Job)PlacedShares.Sorted(job);
        return job.IsDeleting ? PlanDeletion(job, clusters, observed.Now) : PlanRun(job, clusters, observed.Now);
    }

    /// <summary>When an ended Job is to be deleted; null: never, or not ended.</summary>
    public static DateTimeOffset? ExpiresAt(Job job)
    {
        var end = job.Status.Conditions.FirstOrDefault(condition => condition is { Status: ConditionStatus.True, Type: JobConditions.Complete or JobConditions.Failed });
        return end is not null && job.Spec.TtlSecondsAfterFinished is { } seconds ? end.LastTransitionTime + TimeSpan.FromSeconds(seconds) : null;
    }

    private static PlacementPlan<JobStatus> PlanRun(Job job, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var progress = JobProgress.Of(job);
        var next = JobStatusPlanner.Advance(job, progress, now);
        var isRunning = JobStatusPlanner.IsRunning(job, next);
        var open = isRunning ? progress.Open : IndexSet.Empty;
        var division = JobDivision.Of(job, open, clusters, now);
        var shares = SharePlanner.Plan(job, division.Placement, clusters, now, (cluster, share) => StaysIdle(job, isRunning, open, cluster, share));
        IReadOnlyList<ClusterShare> given = [.. shares.Next.Select(share => WithIndexes(share, division.Indexes.GetValueOrDefault(share.Cluster, IndexSet.Empty)))];
        shares = shares with { Next = given };
        next = JobStatusPlanner.Complete(job, next, isRunning ? division.Placement : null, shares, clusters, now);

        var actions = isRunning ? Reservations.Plan(job, job.Status.ObservedGeneration, division.Placement, clusters, given) : [];
        var isEmpty = actions.IsEmpty && JobStatusPlanner.AreEqual(job.Status, next);
        next = isEmpty ? job.Status : next;
        var due = Earliest(isRunning ? shares.DueAt : null, isRunning ? JobStatusPlanner.DeadlineOf(job, next) : null, ExpiresAt(job with { Status = next }));
        return new PlacementPlan<JobStatus>(actions, next, due, isEmpty, IsConverged: isEmpty && !isRunning);
    }

    private static PlacementPlan<JobStatus> PlanDeletion(Job job, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var deletion = DeletionPlan.Of(job, clusters, now);
        IReadOnlyList<ClusterShare> shares = [.. deletion.Shares.Select(share => share with { Indexes = null })];
        var next = JobStatusPlanner.Count(job, job.Status, shares, deletion.Ready) with
        {
            Conditions = job.Status.Conditions.With(ConditionPlanner.Deleting(shares) with { ObservedGeneration = job.Metadata.Generation }, now),
        };
        return deletion.ToPlan(job.Status, next, JobStatusPlanner.AreEqual(job.Status, next));
    }

    /// <summary>Whether a cluster that has nothing to complete keeps its share all the same.</summary>
    private static bool StaysIdle(Job job, bool isRunning, IndexSet open, ClusterSnapshot cluster, ClusterShare share)
    {
        if (share.Phase != SharePhase.Active)
            return false;
        if (!isRunning)
            return true;
        var mayRun = job.Rules.Clusters?.Matches(cluster.Labels) != false && (job.Rules.Regions.Count == 0 || job.Rules.Regions.Contains(cluster.Region));
        return mayRun && (cluster.IsReady || IndexSet.Parse(share.Indexes).Intersect(open).IsEmpty);
    }

    private static ClusterShare WithIndexes(ClusterShare share, IndexSet indexes) =>
        share with { Indexes = share.Phase == SharePhase.Active ? JobProgress.TextOf(indexes) : null };

    private static DateTimeOffset? Earliest(params DateTimeOffset?[] times) => times.Min();
}
