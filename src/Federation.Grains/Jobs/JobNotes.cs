using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.Grains.Events;

namespace Federation.Grains.Jobs;

/// <summary>Says in events what became of a Job.</summary>
internal static class JobNotes
{
    public static IEnumerable<EventNote> Of(Job job, JobStatus next)
    {
        foreach (var condition in next.Conditions)
        {
            var before = job.Status.Conditions.Find(condition.Type);
            if (before?.Status != condition.Status && ReasonOf(condition) is { } reason)
                yield return EventNote.On(job, reason, Sentence(condition.Message), isWarning: condition.Type == JobConditions.Failed);
        }

        var was = job.Status.Clusters.ToDictionary(share => share.Cluster);
        foreach (var share in next.Clusters)
        {
            var before = was.GetValueOrDefault(share.Cluster);
            if (share is { Phase: SharePhase.Active, Indexes: not null } && before?.Indexes is null)
                yield return EventNote.On(job, EventReasons.Placed, $"{share.Cluster} is to complete {share.Indexes}, {share.Replicas} at a time.");
            else if (share.Phase == SharePhase.Away && before is { Phase: SharePhase.Active, Indexes: not null })
                yield return EventNote.On(job, EventReasons.FailedOver, $"{share.Cluster} has been away too long; {before.Indexes} are taken from it.", isWarning: true);
        }

        var unplaced = next.Placement?.Unplaced ?? 0;
        if (unplaced > 0 && unplaced != job.Status.Placement?.Unplaced)
            yield return EventNote.On(job, EventReasons.Unplaceable, $"{unplaced} pods found no cluster.", isWarning: true);
    }

    private static string? ReasonOf(Condition condition) => (condition.Type, condition.Status) switch
    {
        (JobConditions.Complete, ConditionStatus.True) => EventReasons.JobCompleted,
        // BackoffLimitExceeded, DeadlineExceeded.
        (JobConditions.Failed, ConditionStatus.True) => condition.Reason,
        (JobConditions.Suspended, ConditionStatus.True) => EventReasons.JobSuspended,
        (JobConditions.Suspended, ConditionStatus.False) => EventReasons.JobResumed,
        _ => null,
    };

    private static string Sentence(string text) => text.Length == 0 ? text : $"{char.ToUpperInvariant(text[0])}{text.AsSpan(1)}.";
}
