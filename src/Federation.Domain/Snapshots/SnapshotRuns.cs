using System.Globalization;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Federation.Api.Snapshots;

namespace Federation.Domain.Snapshots;

/// <summary>Enters the copies that are to be taken when it is time.</summary>
/// <remarks>
/// Once: as soon as there is the set. With a schedule: of the times that were missed only the latest is made up for.
/// <code>
/// the pet's last copy   the new one
/// is Waiting            takes its place: the old one has failed
/// Taking, Storing       is left out
/// else                  is entered
/// </code>
/// </remarks>
internal static class SnapshotRuns
{
    public static void Begin(SnapshotDraft draft, PetSet? set)
    {
        if (TimeOf(draft, set) is not { } time)
            return;
        draft.LastScheduleTime = time;
        if (set is null)
            return;
        var spec = draft.Snapshot.Spec;
        var ordinals = spec.Ordinals.Count > 0 ? spec.Ordinals : [.. Enumerable.Range(set.FirstOrdinal, set.Wanted)];
        foreach (var ordinal in ordinals.Order())
        {
            var open = draft.Items.FindLast(item => item.Ordinal == ordinal && item.IsOpen);
            if (open is { Phase: PetSnapshotPhase.Waiting })
                draft.Fail(open, SnapshotReasons.Superseded, $"it was still waiting when the next one was to be taken{(open.Message is null ? "" : $": {open.Message}")}");
            else if (open is not null)
                continue;
            draft.Items.Add(new PetSnapshotItem
            {
                Id = IdOf(time, ordinal),
                Ordinal = ordinal,
                Pet = set.NameOf(ordinal),
                Consistency = spec.Consistency ?? PetSnapshotConsistency.Pause,
                PauseSeconds = spec.PauseSeconds,
                PlannedAt = time,
                Claims = [.. spec.Claims.Select(claim => new PetSnapshotClaim { Name = claim })],
            });
        }
    }

    public static string IdOf(DateTimeOffset time, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{time.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{ordinal}");

    /// <returns>Null: it is not time.</returns>
    private static DateTimeOffset? TimeOf(SnapshotDraft draft, PetSet? set)
    {
        var spec = draft.Snapshot.Spec;
        if (spec.Schedule is not { } text)
            return draft.LastScheduleTime is null && set is not null ? new DateTimeOffset(draft.Now.UtcTicks - draft.Now.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero) : null;
        // Another version may know schedules, and another machine zones, that this one does not.
        if (spec.Suspend == true || !CronSchedule.TryParse(text, out var schedule, out _) || !TimeZoneInfo.TryFindSystemTimeZoneById(spec.TimeZone ?? "Etc/UTC", out var zone))
            return null;
        draft.Look(schedule.Next(draft.Now, zone));
        var since = draft.LastScheduleTime ?? draft.Snapshot.Metadata.CreationTimestamp ?? draft.Now;
        return schedule.Previous(draft.Now, zone) is { } time && time > since ? time : null;
    }
}
