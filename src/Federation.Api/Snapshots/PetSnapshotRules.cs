using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Validation;

namespace Federation.Api.Snapshots;

internal sealed class PetSnapshotRules : KindRules<PetSnapshot, PetSnapshotSpec>
{
    public const int MostKept = 100;
    public const int LongestPause = 300;

    protected override PetSnapshotSpec Spec(PetSnapshot resource) => resource.Spec;

    protected override PetSnapshot WithStatusOf(PetSnapshot resource, PetSnapshot other) => resource with { Status = other.Status };

    protected override PetSnapshot Default(PetSnapshot resource)
    {
        var spec = resource.Spec;
        var consistency = spec.Consistency ?? PetSnapshotConsistency.Pause;
        var isScheduled = spec.Schedule is not null;
        return resource with
        {
            Spec = spec with
            {
                Consistency = consistency,
                PauseSeconds = consistency == PetSnapshotConsistency.Pause ? spec.PauseSeconds ?? 30 : spec.PauseSeconds,
                TimeZone = isScheduled ? spec.TimeZone ?? "Etc/UTC" : spec.TimeZone,
                Suspend = isScheduled ? spec.Suspend ?? false : spec.Suspend,
                Keep = isScheduled ? spec.Keep ?? 3 : spec.Keep,
            },
        };
    }

    protected override void Validate(PetSnapshot resource, FieldErrors errors)
    {
        var spec = resource.Spec;
        ValidateName(spec.PetSet, "petSet", errors);
        if (spec.To is not null)
            ValidateName(spec.To, "to", errors);
        ValidateOrdinals(spec.Ordinals, FieldPath.Spec.Child("ordinals"), errors);
        ValidateClaims(spec.Claims, FieldPath.Spec.Child("claims"), errors);
        if (spec is { PauseSeconds: not null, Consistency: PetSnapshotConsistency.Live })
            errors.Forbidden(FieldPath.Spec.Child("pauseSeconds"), "only consistency Pause takes it");
        else
            Within(spec.PauseSeconds, 1, LongestPause, "pauseSeconds", errors);
        if (spec.Schedule is { } schedule)
        {
            ValidateSchedule(spec, schedule, errors);
            return;
        }

        Forbid(spec.TimeZone is not null, "timeZone", errors);
        Forbid(spec.Suspend is not null, "suspend", errors);
        Forbid(spec.Keep is not null, "keep", errors);
    }

    public override void ValidateUpdate(Resource old, Resource next, FieldErrors errors)
    {
        var (before, after) = (((PetSnapshot)old).Spec, ((PetSnapshot)next).Spec);
        if (before.Schedule is null != after.Schedule is null)
            errors.Invalid(FieldPath.Spec.Child("schedule"), after.Schedule ?? "", "a PetSnapshot cannot get or lose its schedule: make another one");
        else if (before.PetSet != after.PetSet)
            errors.Invalid(FieldPath.Spec.Child("petSet"), after.PetSet, "field is immutable");
        else if (before.Schedule is null && !ApiJson.AreWrittenAlike(before, after))
            errors.Forbidden(FieldPath.Spec, "a PetSnapshot without a schedule cannot be changed: make another one");
    }

    private static void ValidateSchedule(PetSnapshotSpec spec, string schedule, FieldErrors errors)
    {
        if (!CronSchedule.TryParse(schedule, out var parsed, out var error))
            errors.Invalid(FieldPath.Spec.Child("schedule"), schedule, error);
        else if (parsed.Next(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc) is null)
            errors.Invalid(FieldPath.Spec.Child("schedule"), schedule, "there is no such day");
        if (spec.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            errors.Invalid(FieldPath.Spec.Child("timeZone"), zone, "must be the name of a time zone, such as Europe/Berlin");
        Within(spec.Keep, 1, MostKept, "keep", errors);
    }

    private static void ValidateName(string name, string field, FieldErrors errors)
    {
        if (name.Length == 0)
            errors.Required(FieldPath.Spec.Child(field));
        else if (!Syntax.IsDns1123Label(name))
            errors.Invalid(FieldPath.Spec.Child(field), name, Syntax.Dns1123LabelRule);
    }

    private static void ValidateOrdinals(IReadOnlyList<int> ordinals, FieldPath path, FieldErrors errors)
    {
        var known = new HashSet<int>();
        for (var i = 0; i < ordinals.Count; i++)
        {
            if (ordinals[i] is < 0 or > PetSetRules.LastOrdinal)
                errors.Invalid(path.Index(i), ordinals[i], $"must be between 0 and {PetSetRules.LastOrdinal}");
            else if (!known.Add(ordinals[i]))
                errors.Duplicate(path.Index(i), ordinals[i]);
        }
    }

    private static void ValidateClaims(IReadOnlyList<string> claims, FieldPath path, FieldErrors errors)
    {
        var known = new HashSet<string>();
        for (var i = 0; i < claims.Count; i++)
        {
            if (!Syntax.IsDns1123Label(claims[i]))
                errors.Invalid(path.Index(i), claims[i], Syntax.Dns1123LabelRule);
            else if (!known.Add(claims[i]))
                errors.Duplicate(path.Index(i), claims[i]);
        }
    }

    private static void Forbid(bool isSet, string field, FieldErrors errors)
    {
        if (isSet)
            errors.Forbidden(FieldPath.Spec.Child(field), "only a PetSnapshot with a schedule takes it");
    }

    private static void Within(int? value, int least, int most, string field, FieldErrors errors)
    {
        if (value < least || value > most)
            errors.Invalid(FieldPath.Spec.Child(field), value, $"must be between {least} and {most}");
    }
}
