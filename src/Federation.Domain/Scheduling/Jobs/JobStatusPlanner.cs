using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling.Jobs;

/// <summary>Says in a Job's status how far it is, and whether it has ended.</summary>
internal static class JobStatusPlanner
{
    /// <summary>The status with the turns that the Job takes now: it starts, is suspended or resumed, ends.</summary>
    public static JobStatus Advance(Job job, JobProgress progress, DateTimeOffset now)
    {
        var status = job.Status;
        if (job.IsFinished)
            return status;
        if (progress.Open.IsEmpty)
        {
            var end = progress.Failed.IsEmpty
                ? Condition(job, JobConditions.Complete, "CompletionsReached", $"all {progress.Completed.Count} indexes are completed")
                : Condition(job, JobConditions.Failed, "BackoffLimitExceeded", $"gave up {Indexes(progress.Failed.Count)} ({progress.Failed}) after {job.Spec.BackoffLimit ?? 6} retries of each; {progress.Completed.Count} completed");
            return status with { Conditions = status.Conditions.With(end, now), CompletionTime = progress.Failed.IsEmpty ? now : null };
        }

        if (job.Spec.Suspend == true)
        {
            var held = Condition(job, JobConditions.Suspended, "JobSuspended", "spec.suspend is true");
            return status with { Conditions = status.Conditions.With(held, now), StartTime = null };
        }

        if (status.Conditions.IsTrue(JobConditions.Suspended))
        {
            var resumed = Condition(job, JobConditions.Suspended, "JobResumed", "spec.suspend is false") with { Status = ConditionStatus.False };
            status = status with { Conditions = status.Conditions.With(resumed, now) };
        }

        if (DeadlineOf(job, status) <= now)
        {
            var late = Condition(job, JobConditions.Failed, "DeadlineExceeded", $"it did not end within {job.Spec.ActiveDeadlineSeconds} seconds; {Indexes(progress.Open.Count)} ({progress.Open}) open");
            return status with { Conditions = status.Conditions.With(late, now) };
        }

        return status with { StartTime = status.StartTime ?? now };
    }

    /// <summary>Whether pods are to run.</summary>
    public static bool IsRunning(Job job, JobStatus status) => job.Spec.Suspend != true && !(job with { Status = status }).IsFinished;

    public static DateTimeOffset? DeadlineOf(Job job, JobStatus status) =>
        status.StartTime is { } start && job.Spec.ActiveDeadlineSeconds is { } seconds ? start + TimeSpan.FromSeconds(seconds) : null;

    /// <param name="placement">Null: nothing is to be placed, and the last decision stays for people to read.</param>
    public static JobStatus Complete(Job job, JobStatus status, Placement? placement, SharePlan shares, ImmutableArray<ClusterSnapshot> clusters, DateTimeOffset now)
    {
        var counted = Count(job, status, shares.Next, PlacedShares.ReadyClusters(shares.Next, clusters));
        if (placement is null)
            return status.Placement is { Unplaced: > 0 } last ? counted with { Placement = last with { Unplaced = 0 } } : counted;
        return counted with
        {
            Placement = DecisionPlanner.Plan(job, placement, shares, clusters, counted.Active, now),
            Conditions = counted.Conditions.With(ConditionPlanner.Placed(placement) with { ObservedGeneration = job.Metadata.Generation }, now),
        };
    }

    public static JobStatus Count(Job job, JobStatus status, IReadOnlyList<ClusterShare> shares, HashSet<string> ready)
    {
        var progress = JobProgress.Of(job);
        return status with
        {
            ObservedGeneration = job.Metadata.Generation,
            Active = PlacedShares.Count(shares, ready).Running,
            Succeeded = progress.Completed.Count,
            Failed = progress.Failed.Count,
            CompletedIndexes = JobProgress.TextOf(progress.Completed),
            FailedIndexes = JobProgress.TextOf(progress.Failed),
            Selector = $"{PodLabels.Uid}={job.Metadata.Uid}",
            Clusters = shares,
        };
    }

    public static bool AreEqual(JobStatus left, JobStatus right) =>
        ReferenceEquals(left.Placement, right.Placement)
        && left.Conditions.SequenceEqual(right.Conditions)
        && left.Clusters.SequenceEqual(right.Clusters)
        && left.ActiveJobs.SequenceEqual(right.ActiveJobs)
        && Scalars(left) == Scalars(right);

    /// <summary>What is left once lists and decision are equal: records compare the rest by themselves.</summary>
    private static JobStatus Scalars(JobStatus status) => status with { Conditions = None.Conditions, Clusters = None.Clusters, ActiveJobs = None.ActiveJobs, Placement = null };

    private static JobStatus None { get; } = new();

    private static string Indexes(int count) => count == 1 ? "1 index" : $"{count} indexes";

    private static Condition Condition(Job job, string type, string reason, string message) =>
        new() { Type = type, Status = ConditionStatus.True, Reason = reason, Message = message, ObservedGeneration = job.Metadata.Generation };
}
