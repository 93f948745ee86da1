using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Domain.Snapshots;

namespace Federation.Domain.Pets;

/// <summary>Whose turn it is to hold still for a snapshot (ADR 11): one pet of a set at a time, and only while all others are available.</summary>
/// <remarks>
/// <code>
/// the copy                                          the pet                         it
/// is Waiting, for its turn only, or Taking          holds still for it, is bound    goes on holding still
/// else                                              holds still for it              does not any more
/// is Waiting, for its turn only                     is bound, no other holds still  holds still, if all others are available
/// </code>
/// The copy is taken once the set's object says so, and with the epoch that stands there.
/// </remarks>
internal static class PetHolds
{
    public static void Follow(PetDraft draft)
    {
        foreach (var pet in draft.Pets.Values.Where(pet => pet.Hold is not null).ToList())
        {
            if (!pet.IsBound() || !draft.Set.Wants(pet.Ordinal) || Find(draft, pet.Hold!) is not { } item || !Needs(item))
                draft.Put(pet with { Hold = null });
        }

        if (IsAny(draft))
            return;
        var waiting = draft.Observed.Snapshots.Where(snapshot => snapshot.Spec.PetSet == draft.Set.Metadata.Name && !snapshot.IsDeleting)
            .SelectMany(snapshot => snapshot.Status.Items.Where(IsWaiting).Select(item => (snapshot.Metadata.Name, Item: item)))
            .OrderBy(entry => entry.Item.PlannedAt).ThenBy(entry => entry.Item.Ordinal).ThenBy(entry => entry.Name, StringComparer.Ordinal);
        foreach (var (name, item) in waiting)
        {
            if (!draft.Pets.TryGetValue(item.Ordinal, out var pet) || !pet.IsBound() || !draft.Set.Wants(pet.Ordinal))
                continue;
            var others = draft.Wanted.Where(other => other.Ordinal != pet.Ordinal && !draft.IsAvailable(other)).ToList();
            if (others.Count == 0)
            {
                draft.Put(pet with { Hold = new PetHold { Snapshot = name, Id = item.Id, Since = draft.Now } });
                return;
            }

            foreach (var other in others)
                draft.Look(other.AvailableAt(draft.Set));
        }
    }

    /// <summary>Some pet holds still: no other one is made to stop meanwhile.</summary>
    public static bool IsAny(PetDraft draft) => draft.Pets.Values.Any(pet => pet.Hold is not null);

    private static PetSnapshotItem? Find(PetDraft draft, PetHold hold) =>
        draft.Observed.Snapshots.FirstOrDefault(snapshot => snapshot.Metadata.Name == hold.Snapshot)?.Status.Items.FirstOrDefault(item => item.Id == hold.Id);

    private static bool Needs(PetSnapshotItem item) => item.Phase == PetSnapshotPhase.Taking || IsWaiting(item);

    private static bool IsWaiting(PetSnapshotItem item) =>
        item is { Phase: PetSnapshotPhase.Waiting, Consistency: PetSnapshotConsistency.Pause, Reason: SnapshotReasons.WaitsForTurn };
}
