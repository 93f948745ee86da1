using Federation.Api.Jobs;
using Federation.Api.Meta;

namespace Federation.Gateway.Tables;

internal sealed class JobColumns : ITableColumns
{
    public string Kind => Job.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Status", "Running, Suspended, Complete or Failed; Scheduled: it makes Jobs at the times of its schedule.", static (resource, _) => StatusOf((Job)resource)),
        new("Completions", "Completed indexes of all.", static (resource, _) => Completions((Job)resource)),
        new("Duration", "From the start to the end, or until now.", static (resource, now) => Duration((Job)resource, now)),
        new("Schedule", "When its Jobs are made.", static (resource, _) => CommonColumns.OrNone(((Job)resource).Spec.Schedule)),
        new("Last Schedule", "How long ago the last Job of the schedule was due.", static (resource, now) => LastSchedule((Job)resource, now)),
        CommonColumns.Age,
        new("Clusters", "Which clusters run how many at a time.", static (resource, _) => PlacedColumns.Clusters((Job)resource)) { IsWide = true },
        new("Images", "The containers' images.", static (resource, _) => PlacedColumns.Images((Job)resource)) { IsWide = true },
    ];

    private static string StatusOf(Job job) =>
        job.IsDeleting ? "Terminating"
        : job.Status.Conditions.IsTrue(JobConditions.Failed) ? "Failed"
        : job.Status.Conditions.IsTrue(JobConditions.Complete) ? "Complete"
        : job.Spec.Suspend == true ? "Suspended"
        : job.IsScheduled ? "Scheduled"
        : "Running";

    private static string Completions(Job job) => job.IsScheduled ? CommonColumns.None : $"{job.Status.Succeeded}/{job.Spec.Completions ?? 1}";

    private static string Duration(Job job, DateTimeOffset now)
    {
        if (job.Status.StartTime is not { } start)
            return "";
        var end = job.Status.CompletionTime ?? job.Status.Conditions.FirstOrDefault(condition => condition is { Type: JobConditions.Failed, Status: ConditionStatus.True })?.LastTransitionTime ?? now;
        return HumanDuration.Format(end - start);
    }

    private static string LastSchedule(Job job, DateTimeOffset now) =>
        job.Status.LastScheduleTime is { } last ? CommonColumns.AgeOf(last, now) : CommonColumns.None;
}
