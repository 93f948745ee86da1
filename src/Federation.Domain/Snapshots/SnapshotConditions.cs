using Federation.Api.Meta;
using Federation.Api.Snapshots;

namespace Federation.Domain.Snapshots;

/// <summary>Says how the copies do that were last to be taken.</summary>
internal static class SnapshotConditions
{
    public static IEnumerable<Condition> Of(SnapshotDraft draft)
    {
        var run = draft.LastRun.ToList();
        var failed = run.Where(item => item.Phase == PetSnapshotPhase.Failed).ToList();
        var open = run.Find(item => item is { IsOpen: true, Reason: not null }) ?? run.Find(item => item.IsOpen);
        if (draft.LastScheduleTime is null)
        {
            yield return !draft.Snapshot.IsScheduled ? Not(PetSnapshotConditions.Complete, SnapshotReasons.NoPetSet, $"there is no PetSet {draft.Snapshot.Spec.PetSet}")
                : draft.Snapshot.Spec.Suspend == true ? Not(PetSnapshotConditions.Complete, "Suspended", "nothing is taken while spec.suspend is true")
                : Not(PetSnapshotConditions.Complete, "WaitingForSchedule", "it was not time yet");
            yield break;
        }

        if (open is not null)
        {
            yield return Not(PetSnapshotConditions.Complete, open.Reason ?? "InProgress", $"{open.Pet}: {open.Message ?? open.Phase.ToString()}");
            yield return Not(PetSnapshotConditions.Failed, "InProgress", $"{run.Count(item => item.IsOpen)} of {run.Count} copies are being made");
        }
        else if (run.Count == 0)
        {
            yield return Not(PetSnapshotConditions.Complete, "NothingTaken", $"PetSet {draft.Snapshot.Spec.PetSet} had no pets to take when it was time");
            yield return new Condition { Type = PetSnapshotConditions.Failed, Status = ConditionStatus.True, Reason = "NothingTaken", Message = $"PetSet {draft.Snapshot.Spec.PetSet} had no pets to take when it was time" };
        }
        else if (failed.Count > 0)
        {
            var why = $"{failed.Count} of {run.Count} copies failed; {failed[0].Pet}: {failed[0].Message}";
            yield return Not(PetSnapshotConditions.Complete, failed[0].Reason ?? "Failed", why);
            yield return new Condition { Type = PetSnapshotConditions.Failed, Status = ConditionStatus.True, Reason = failed[0].Reason ?? "Failed", Message = why };
        }
        else
        {
            yield return new Condition { Type = PetSnapshotConditions.Complete, Status = ConditionStatus.True, Reason = "Stored", Message = $"{run.Count} of {run.Count} copies are stored" };
            yield return Not(PetSnapshotConditions.Failed, "Stored", $"{run.Count} of {run.Count} copies are stored");
        }
    }

    private static Condition Not(string type, string reason, string message) => new() { Type = type, Status = ConditionStatus.False, Reason = reason, Message = message };
}
