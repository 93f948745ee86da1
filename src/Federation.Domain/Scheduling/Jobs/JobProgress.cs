using Federation.Api.Agents;
using Federation.Api.Jobs;

namespace Federation.Domain.Scheduling.Jobs;

/// <summary>Which indexes of a Job are done, which are given up, and which are open.</summary>
public sealed record JobProgress(IndexSet Completed, IndexSet Failed, IndexSet Open)
{
    public static JobProgress Of(Job job)
    {
        var all = IndexSet.Below(job.Spec.Completions ?? 1);
        var completed = IndexSet.Parse(job.Status.CompletedIndexes).Intersect(all);
        var failed = IndexSet.Parse(job.Status.FailedIndexes).Intersect(all).Except(completed);
        return new JobProgress(completed, failed, all.Except(completed).Except(failed));
    }

    /// <summary>Notes what a cluster says about indexes.</summary>
    /// <remarks>
    /// A completion counts whoever reports it: the index ran to its end, even where it is not asked for any more. That an index was given up
    /// counts only from the cluster that has it: another one may still be trying.
    /// </remarks>
    /// <returns>The same instance when nothing is news, or the Job has ended.</returns>
    public static Job Note(Job job, string cluster, WorkStatus report)
    {
        if (job.IsFinished || report.Gone)
            return job;
        var progress = Of(job);
        var completed = progress.Completed.Union(IndexSet.Parse(report.Succeeded).Intersect(progress.Open.Union(progress.Failed)));
        var own = IndexSet.Parse(job.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster)?.Indexes);
        var failed = progress.Failed.Union(IndexSet.Parse(report.Failed).Intersect(own).Intersect(progress.Open)).Except(completed);
        if (completed.Equals(progress.Completed) && failed.Equals(progress.Failed))
            return job;
        return job with { Status = job.Status with { CompletedIndexes = TextOf(completed), FailedIndexes = TextOf(failed) } };
    }

    internal static string? TextOf(IndexSet set) => set.IsEmpty ? null : set.ToString();
}
