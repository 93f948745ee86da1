using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>Plans a PetSet: which cluster may run which pet with which epoch and template, what must be done for that, and what its status says then.</summary>
/// <remarks>
/// Pure and total: equal inputs give an equal plan, and every input gives one. ADR 9 is what makes it safe:
/// <code>
/// bound ──release (a write: not in the cluster's work any more)──▶ leaving ──word, fence or person, each later than that write──▶ free ──▶ bound, epoch + 1
/// </code>
/// A pet that moves with its volumes (ADR 10) is free until the other cluster has them, see <see cref="PetMoves"/>.
/// A pet is in the work of the cluster that it is bound to, and in no other: never in two.
/// </remarks>
public static class PetPlanner
{
    /// <param name="set">As stored, with its revision in <c>metadata.resourceVersion</c> and the reports folded into its status.</param>
    public static PetsPlan Plan(PetSet set, PetsObserved observed)
    {
        set = (PetSet)Kinds.PetSet.Default(PlacedShares.Sorted(set));
        var clusters = observed.Placement.SortedClusters();
        var draft = new PetDraft(set, observed, clusters);
        PetEpochs.Follow(draft);
        PetPolicies.Follow(draft);
        PetHearing.Follow(draft);
        PetLeftovers.Follow(draft);
        PetWords.DropOld(draft);
        PetMoves.Follow(draft);
        PetHolds.Follow(draft);
        PetReleases.Free(draft);
        PetReleases.Retire(draft);
        PetLeftovers.EndWithSet(draft);
        PetBindings.Enter(draft);
        var places = new PetPlaces(draft);
        PetReleases.Release(draft, places);
        PetBindings.RaiseEpochs(draft);
        PetUpdates.Update(draft);
        PetBindings.Bind(draft, places);
        PetMemories.Bound(draft);
        return Finish(draft, places);
    }

    private static PetsPlan Finish(PetDraft draft, PetPlaces places)
    {
        var set = draft.Set;
        var placement = places.Explain(draft.Unplaced);
        var deletion = set.IsDeleting && draft.Pets.Count == 0 && draft.Leftovers.Count == 0 ? DeletionPlan.Of(set, draft.Clusters, draft.Now) : null;
        var shares = deletion?.Shares ?? PetShares.Plan(draft, placement);
        var next = PetStatusPlanner.Plan(draft, placement, shares);
        var actions = deletion?.Actions ?? Reservations.Plan(set, set.Metadata.Generation, placement, draft.Clusters, shares);
        var isEmpty = actions.IsEmpty && PetSetStatusEquality.AreEqual(set.Status, next);
        var steps = new PlacementPlan<PetSetStatus>(
            actions,
            isEmpty ? set.Status : next,
            draft.DueAt,
            isEmpty,
            IsConverged: isEmpty && draft.DueAt is null && next.Conditions.IsTrue(PetSetConditions.Converged));
        ImmutableArray<string> askFence = [.. draft.Pets.Values.Where(pet => pet.IsLeaving() && pet.Kept != true).Select(pet => pet.Cluster!).Distinct().Order(StringComparer.Ordinal)];
        return new PetsPlan(steps, askFence, [.. draft.Notes]);
    }
}
