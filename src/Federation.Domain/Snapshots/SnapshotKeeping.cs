using Federation.Api.Snapshots;

namespace Federation.Domain.Snapshots;

/// <summary>Which copies go because there are newer ones.</summary>
public static class SnapshotKeeping
{
    /// <summary>They stand in one object.</summary>
    private const int MostItems = 1000;

    /// <summary>Some are more than are to be kept.</summary>
    public static bool HasTooMany(PetSnapshot snapshot) => TooMany(snapshot, [.. snapshot.Status.Items]).Any();

    /// <param name="restoring">Ids of those that pets are being restored from: they stay for as long.</param>
    internal static void Follow(SnapshotDraft draft, IReadOnlySet<string> restoring)
    {
        if (!draft.Snapshot.IsScheduled)
            return;
        foreach (var item in TooMany(draft.Snapshot, draft.Items).Where(item => !restoring.Contains(item.Id)).ToList())
            draft.Drop(item);
        foreach (var failed in draft.Items.Where(item => item.Phase == PetSnapshotPhase.Failed && IsOld(draft, item)).ToList())
            draft.Items.Remove(failed);
    }

    /// <summary>The pet has a newer one that is complete or failed.</summary>
    private static bool IsOld(SnapshotDraft draft, PetSnapshotItem failed) => draft.Items.Exists(other =>
        other.Ordinal == failed.Ordinal && other.PlannedAt > failed.PlannedAt && other.Phase is PetSnapshotPhase.Complete or PetSnapshotPhase.Failed);

    private static IEnumerable<PetSnapshotItem> TooMany(PetSnapshot snapshot, List<PetSnapshotItem> items)
    {
        if (!snapshot.IsScheduled)
            return [];
        var pets = items.Where(item => item.Phase == PetSnapshotPhase.Complete).GroupBy(item => item.Ordinal).ToList();
        var each = Math.Min(snapshot.Spec.Keep ?? 3, Math.Max(1, MostItems / Math.Max(1, pets.Count)));
        return pets.SelectMany(pet => pet.OrderByDescending(item => item.PlannedAt).Skip(each));
    }
}
