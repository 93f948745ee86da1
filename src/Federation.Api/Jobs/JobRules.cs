using Federation.Api.Apps;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Validation;

namespace Federation.Api.Jobs;

internal sealed class JobRules : KindRules<Job, JobSpec>
{
    /// <summary>As Kubernetes bounds indexed Jobs.</summary>
    public const int MostCompletions = 100_000;

    /// <summary>The Jobs that a schedule makes have its name with a dash and the minute after it, and a name has at most 63 characters.</summary>
    private const int LongestScheduledName = 52;

    private const string Immutable = "field is immutable";
    private static readonly string[] RestartPolicies = ["OnFailure", "Never"];

    private static readonly FieldPath TemplatePath = FieldPath.Spec.Child("template");
    private static readonly FieldPath PlacementPath = FieldPath.Spec.Child("placement");

    protected override JobSpec Spec(Job resource) => resource.Spec;

    protected override Job WithStatusOf(Job resource, Job other) => resource with { Status = other.Status };

    protected override Job Default(Job resource)
    {
        var spec = resource.Spec;
        var template = AppDefaults.Apply(spec.Template);
        var isScheduled = spec.Schedule is not null;
        return resource with
        {
            Spec = spec with
            {
                Completions = spec.Completions ?? 1,
                Parallelism = spec.Parallelism ?? 1,
                BackoffLimit = spec.BackoffLimit ?? 6,
                Suspend = spec.Suspend ?? false,
                // Whether a failed pod is tried again in place is for the user to say.
                Template = template with { Spec = template.Spec with { RestartPolicy = spec.Template.Spec.RestartPolicy } },
                Placement = spec.Placement with { Failover = (spec.Placement.Failover ?? new FailoverSpec()) with { After = spec.Placement.Failover?.After ?? AppDefaults.FailoverAfter } },
                TimeZone = isScheduled ? spec.TimeZone ?? "Etc/UTC" : spec.TimeZone,
                ConcurrencyPolicy = isScheduled ? spec.ConcurrencyPolicy ?? Jobs.ConcurrencyPolicy.Allow : spec.ConcurrencyPolicy,
                SuccessfulJobsHistoryLimit = isScheduled ? spec.SuccessfulJobsHistoryLimit ?? 3 : spec.SuccessfulJobsHistoryLimit,
                FailedJobsHistoryLimit = isScheduled ? spec.FailedJobsHistoryLimit ?? 1 : spec.FailedJobsHistoryLimit,
            },
        };
    }

    protected override void Validate(Job resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        Within(spec.Completions, 0, MostCompletions, "completions", errors);
        Within(spec.Parallelism, 0, MostCompletions, "parallelism", errors);
        Within(spec.BackoffLimit, 0, 1_000_000, "backoffLimit", errors);
        Within(spec.ActiveDeadlineSeconds, 1, int.MaxValue, "activeDeadlineSeconds", errors);
        Within(spec.TtlSecondsAfterFinished, 0, int.MaxValue, "ttlSecondsAfterFinished", errors);
        PodTemplateRules.Validate(spec.Template, TemplatePath, errors, RestartPolicies);
        PlacementRules.ValidateChoice(spec.Placement.Clusters, spec.Placement.Regions, PlacementPath, errors);
        if (spec.Placement.Failover?.After is { } after && after < TimeSpan.Zero)
            errors.Invalid(PlacementPath.Child("failover", "after"), after, "must be greater than or equal to 0s");
        if (spec.Schedule is { } schedule)
            ValidateSchedule(resource.Metadata, spec, schedule, errors);
        else
            ForbidScheduling(spec, errors);
    }

    public override void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
        var (before, after) = (((Job)old).Spec, ((Job)next).Spec);
        if (before.Schedule is null != after.Schedule is null)
            errors.Invalid(FieldPath.Spec.Child("schedule"), after.Schedule ?? "", "a Job cannot get or lose its schedule: make another one");
        if (before.Schedule is not null || after.Schedule is not null)
            return;
        if (before.Completions != after.Completions)
            errors.Invalid(FieldPath.Spec.Child("completions"), after.Completions ?? 1, Immutable);
        if (!ApiJson.AreWrittenAlike(before.Template, after.Template))
            errors.Invalid(TemplatePath, "…", Immutable);
    }

    private static void ValidateSchedule(ObjectMeta metadata, JobSpec spec, string schedule, FieldErrors errors)
    {
        if (!CronSchedule.TryParse(schedule, out var parsed, out var error))
            errors.Invalid(FieldPath.Spec.Child("schedule"), schedule, error);
        if (spec.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            errors.Invalid(FieldPath.Spec.Child("timeZone"), zone, "must be the name of a time zone, such as Europe/Berlin");
        else if (parsed is not null && parsed.Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc) is null)
            errors.Invalid(FieldPath.Spec.Child("schedule"), schedule, "there is no such day");
        Within(spec.StartingDeadlineSeconds, 0, int.MaxValue, "startingDeadlineSeconds", errors);
        Within(spec.SuccessfulJobsHistoryLimit, 0, 1000, "successfulJobsHistoryLimit", errors);
        Within(spec.FailedJobsHistoryLimit, 0, 1000, "failedJobsHistoryLimit", errors);
        if (metadata.Name.Length > LongestScheduledName)
            errors.Invalid(FieldPath.Root.Child("metadata", "name"), metadata.Name, $"must be no more than {LongestScheduledName} characters: the Jobs of the schedule have longer ones");
    }

    private static void ForbidScheduling(JobSpec spec, FieldErrors errors)
    {
        Forbid(spec.TimeZone is not null, "timeZone", errors);
        Forbid(spec.ConcurrencyPolicy is not null, "concurrencyPolicy", errors);
        Forbid(spec.StartingDeadlineSeconds is not null, "startingDeadlineSeconds", errors);
        Forbid(spec.SuccessfulJobsHistoryLimit is not null, "successfulJobsHistoryLimit", errors);
        Forbid(spec.FailedJobsHistoryLimit is not null, "failedJobsHistoryLimit", errors);
    }

    private static void Forbid(bool isSet, string field, FieldErrors errors)
    {
        if (isSet)
            errors.Forbidden(FieldPath.Spec.Child(field), "only a Job with a schedule takes it");
    }

    private static void Within(int? value, int least, int most, string field, FieldErrors errors)
    {
        if (value < least || value > most)
            errors.Invalid(FieldPath.Spec.Child(field), value, most == int.MaxValue ? $"must be greater than or equal to {least}" : $"must be between {least} and {most}");
    }
}
