using System.Collections.Immutable;
using System.Globalization;
using Federation.Api.Jobs;
using Federation.Api.Meta;

namespace Federation.Domain.Scheduling.Jobs;

/// <summary>Plans a Job with a schedule: which Jobs it makes and which of its old ones go.</summary>
/// <remarks>
/// Pure and total; as Kubernetes' CronJob: of the runs that were missed only the latest is made up for, and only within
/// <c>startingDeadlineSeconds</c>. A run's Job is named after its minute, so that making it twice makes one.
/// <code>
/// a run is due while another goes on
/// Allow      made
/// Forbid     waits: when the other ends, the latest due one is made
/// Replace    the other is deleted, then it is made
/// </code>
/// </remarks>
public static class SchedulePlanner
{
    /// <summary>On each Job of a schedule: the time it was made for.</summary>
    public const string ScheduledAtAnnotation = "federation/scheduled-at";

    /// <param name="job">As stored.</param>
    /// <param name="runs">Every Job that it made and that still exists, as stored.</param>
    public static SchedulePlan Plan(Job job, ImmutableArray<Job> runs, DateTimeOffset now)
    {
        if (job.IsDeleting)
            return new SchedulePlan([], job.Status, DueAt: null);
        var active = runs.Where(run => !run.IsFinished && !run.IsDeleting).OrderBy(run => run.Metadata.Name, StringComparer.Ordinal).ToImmutableArray();
        var actions = ImmutableArray.CreateBuilder<ScheduleAction>();
        actions.AddRange(TooOld(runs, JobConditions.Complete, job.Spec.SuccessfulJobsHistoryLimit ?? 3));
        actions.AddRange(TooOld(runs, JobConditions.Failed, job.Spec.FailedJobsHistoryLimit ?? 1));

        var next = job.Status with
        {
            ObservedGeneration = job.Metadata.Generation,
            LastSuccessfulTime = runs.Select(run => run.Status.CompletionTime).Append(job.Status.LastSuccessfulTime).Max(),
        };
        DateTimeOffset? due = null;
        IEnumerable<string> names = active.Select(run => run.Metadata.Name);
        if (job.Spec.Suspend != true && Read(job) is var (schedule, zone))
        {
            due = schedule.Next(now, zone);
            if (DueRun(job, schedule, zone, now) is { } time && IsLetThrough(job, active, time))
            {
                var run = RunOf(job, time);
                if (job.Spec.ConcurrencyPolicy == ConcurrencyPolicy.Replace)
                {
                    actions.AddRange(active.Where(other => other.Metadata.Name != run.Metadata.Name).Select(other => new ScheduleAction.Delete(other.Metadata.Name, other.Metadata.Uid ?? "", "Replaced")));
                    names = [];
                }

                if (!runs.Any(existing => existing.Metadata.Name == run.Metadata.Name))
                {
                    actions.Add(new ScheduleAction.Create(run));
                    names = names.Append(run.Metadata.Name);
                }

                next = next with { LastScheduleTime = time };
            }
        }

        next = next with { ActiveJobs = [.. names.Distinct().Order(StringComparer.Ordinal)] };
        return new SchedulePlan(actions.ToImmutable(), JobStatusPlanner.AreEqual(job.Status, next) ? job.Status : next, due);
    }

    /// <summary>The Job of one run.</summary>
    public static Job RunOf(Job job, DateTimeOffset time) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{job.Metadata.Name}-{time.ToUnixTimeSeconds() / 60}"),
            Namespace = job.Metadata.Namespace,
            Labels = job.Metadata.Labels,
            Annotations = new Dictionary<string, string> { [ScheduledAtAnnotation] = time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) },
            OwnerReferences =
            [
                new OwnerReference { ApiVersion = job.ApiVersion, Kind = job.Kind, Name = job.Metadata.Name, Uid = job.Metadata.Uid ?? "", Controller = true, BlockOwnerDeletion = true },
            ],
        },
        Spec = job.Spec with
        {
            Schedule = null,
            TimeZone = null,
            ConcurrencyPolicy = null,
            StartingDeadlineSeconds = null,
            SuccessfulJobsHistoryLimit = null,
            FailedJobsHistoryLimit = null,
            Suspend = null,
        },
    };

    /// <summary>The latest time that has come and for which nothing was made yet; null: none, or it is too late for it.</summary>
    private static DateTimeOffset? DueRun(Job job, CronSchedule schedule, TimeZoneInfo zone, DateTimeOffset now)
    {
        var since = job.Status.LastScheduleTime ?? job.Metadata.CreationTimestamp ?? now;
        if (job.Spec.StartingDeadlineSeconds is { } seconds && now - TimeSpan.FromSeconds(seconds) is var earliest && earliest > since)
            since = earliest;
        return schedule.Previous(now, zone) is { } time && time > since ? time : null;
    }

    private static bool IsLetThrough(Job job, ImmutableArray<Job> active, DateTimeOffset time) =>
        job.Spec.ConcurrencyPolicy != ConcurrencyPolicy.Forbid || active.All(run => run.Metadata.Name == RunOf(job, time).Metadata.Name);

    private static IEnumerable<ScheduleAction> TooOld(ImmutableArray<Job> runs, string condition, int limit) => runs
        .Where(run => !run.IsDeleting && run.Status.Conditions.IsTrue(condition))
        .OrderByDescending(run => run.Status.Conditions.Find(condition)!.LastTransitionTime).ThenByDescending(run => run.Metadata.Name, StringComparer.Ordinal)
        .Skip(limit)
        .Select(run => new ScheduleAction.Delete(run.Metadata.Name, run.Metadata.Uid ?? "", "History"));

    /// <summary>Null: written by a version that knew more, or a zone that this machine does not know.</summary>
    private static (CronSchedule Schedule, TimeZoneInfo Zone)? Read(Job job) =>
        CronSchedule.TryParse(job.Spec.Schedule ?? "", out var schedule, out _) && TimeZoneInfo.TryFindSystemTimeZoneById(job.Spec.TimeZone ?? "Etc/UTC", out var zone)
            ? (schedule, zone)
            : null;
}

/// <summary>The steps of a schedule, in the order of their execution; the status is written after them.</summary>
/// <param name="DueAt">The next run.</param>
public sealed record SchedulePlan(ImmutableArray<ScheduleAction> Actions, JobStatus NextStatus, DateTimeOffset? DueAt);

/// <summary>One step. Each may be repeated without harm.</summary>
public abstract record ScheduleAction
{
    private ScheduleAction()
    {
    }

    public sealed record Create(Job Run) : ScheduleAction;

    public sealed record Delete(string Name, string Uid, string Why) : ScheduleAction;
}
