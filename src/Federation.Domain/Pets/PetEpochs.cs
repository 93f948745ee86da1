using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>A store that was restored does not know which epochs were given after its backup: all that it knows go on far above those.</summary>
/// <remarks>What runs with an epoch from then is nobody's pet here: it ends with its permission, and a volume that it wrote is known by its epoch to be of another life.</remarks>
internal static class PetEpochs
{
    /// <summary>No pet is given so many epochs between a backup and its restore.</summary>
    public const long Leap = 1_000_000;

    public static void Follow(PetDraft draft)
    {
        if (draft.Observed.Store is not { } store || store == draft.Store)
            return;
        var isRestored = draft.Store is not null;
        draft.Store = store;
        if (!isRestored)
            return;
        foreach (var pet in draft.Pets.Values.Where(pet => pet.Epoch > 0).ToList())
        {
            var leapt = pet with { Epoch = pet.Epoch + Leap };
            draft.Put(pet.IsBound() ? draft.InPhase(leapt, PetPhase.Starting, "StoreRestored", "the control plane's store was restored; it starts with an epoch that cannot have been given before") : leapt);
        }

        foreach (var memory in draft.Retired.Values.ToList())
            draft.Retired[memory.Ordinal] = memory with { Epoch = memory.Epoch + Leap };
        draft.EpochFloor += Leap;
        ForgetMoves(draft);
        draft.Note("StoreRestored", $"The store was restored: every pet goes on with an epoch that is {Leap} higher.", isWarning: true);
    }

    /// <summary>What was to be deleted then may be all that is left of a pet now: nothing is, and nothing is carried any more.</summary>
    private static void ForgetMoves(PetDraft draft)
    {
        foreach (var pet in draft.Pets.Values.Where(pet => pet.Move is not null).ToList())
        {
            draft.Put(pet with { Move = null });
            draft.Note("MoveForgotten", $"How far {pet.Name} had come to {pet.Move!.To} is not known any more; what {pet.Move.To} has of its volumes stays there.", isWarning: true);
        }

        foreach (var pet in draft.Pets.Values.Where(pet => pet.Restore is not null).ToList())
            draft.Put(pet with { Restore = null, Epoch = Math.Max(pet.Epoch, Leap) });
        foreach (var leftover in draft.Leftovers)
            draft.Note("VolumesStay", $"{leftover.Cluster} was to delete volumes that {draft.Set.NameOf(leftover.Ordinal)} left there; they stay.", isWarning: true);
        draft.Leftovers.Clear();
    }
}
