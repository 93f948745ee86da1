using Federation.Api;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>Whether a pet can go where somebody wants it. Pure.</summary>
public static class PetMoveAdmission
{
    /// <param name="set">As stored.</param>
    /// <param name="ordinal">One of its pets, which has a cluster and does not leave it.</param>
    /// <param name="to">A cluster, if there is one of that name.</param>
    /// <param name="isBack">It is to go on with what it left there.</param>
    /// <param name="observed">Every cluster that exists.</param>
    /// <returns>Why it cannot, for people; null: it can.</returns>
    public static string? WhyNot(PetSet set, int ordinal, string to, bool isBack, PlacementObserved observed)
    {
        set = (PetSet)Kinds.PetSet.Default(PlacedShares.Sorted(set));
        if (!set.Wants(ordinal))
            return "it is not wanted any more and leaves for good";
        var draft = new PetDraft(set, new PetsObserved(observed), observed.SortedClusters());
        return PetMoves.WhyNot(draft, new PetPlaces(draft), draft.Pets[ordinal], to, isBack);
    }
}
