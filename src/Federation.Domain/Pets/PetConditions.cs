using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>The set's conditions: each a fact, a constant for programs and a sentence for people.</summary>
internal static class PetConditions
{
    private const int MostNames = 5;

    public static IEnumerable<Condition> Of(PetDraft draft, IReadOnlyList<PetStatus> wanted, Placement placement, IReadOnlyList<ClusterShare> shares) =>
        draft.Set.IsDeleting
            ? [False(PetSetConditions.Converged, "Deleting", Deleting(draft, shares))]
            : [Placed(wanted, placement), Available(draft, wanted), Converged(draft, wanted, shares), Quorum(draft, wanted)];

    private static Condition Placed(IReadOnlyList<PetStatus> wanted, Placement placement)
    {
        var waiting = wanted.Where(pet => !pet.IsBound()).ToList();
        if (waiting.Count == 0)
        {
            return placement.UnmetSpread.Count > 0
                ? True(PetSetConditions.Placed, "SpreadNotMet", string.Join("; ", placement.UnmetSpread))
                : True(PetSetConditions.Placed, "Placed", $"{wanted.Count} pets have a cluster");
        }

        // What only has to wait for its turn is no trouble.
        var first = waiting.Find(pet => pet.Reason != "WaitsForOrder") ?? waiting[0];
        var hint = placement.Hints.Count > 0 ? $"; {placement.Hints[0]}" : "";
        return False(PetSetConditions.Placed, first.Reason ?? "Pending", $"{waiting.Count} of {wanted.Count} pets have no cluster; {first.Name}: {first.Message}{hint}");
    }

    private static Condition Available(PetDraft draft, IReadOnlyList<PetStatus> wanted)
    {
        var missing = wanted.Where(pet => !draft.IsAvailable(pet)).ToList();
        return missing.Count == 0
            ? True(PetSetConditions.Available, "PetsReady", $"{wanted.Count} of {wanted.Count} pets are ready")
            : False(PetSetConditions.Available, "PetsNotReady", $"{wanted.Count - missing.Count} of {wanted.Count} pets are ready; {Trouble(missing)}");
    }

    /// <remarks>The first of these that holds is named: a pet's trouble, one that leaves, a cluster that has not confirmed, pets still to be updated.</remarks>
    private static Condition Converged(PetDraft draft, IReadOnlyList<PetStatus> wanted, IReadOnlyList<ClusterShare> shares)
    {
        var behind = wanted.Where(pet => !draft.IsAvailable(pet) || pet.Reason is not null).ToList();
        if (behind.Count > 0)
            return False(PetSetConditions.Converged, "Progressing", Trouble(behind));
        var leaving = draft.Pets.Values.Where(pet => !draft.Set.Wants(pet.Ordinal)).ToList();
        if (leaving.Count > 0)
            return False(PetSetConditions.Converged, "Stopping", $"waiting for {Names(leaving.Select(pet => pet.Name))} to leave");
        if (draft.Pets.Values.Any(pet => pet.KeptUntil is not null))
            return False(PetSetConditions.Converged, "PolicyChanging", $"waiting for {Names(draft.Pets.Values.Where(pet => pet.KeptUntil is not null).Select(pet => pet.Cluster!).Distinct())} to take over the partition policy");
        var withdrawing = shares.Where(share => share.Phase != SharePhase.Active).ToList();
        if (withdrawing.Count > 0)
            return False(PetSetConditions.Converged, "Withdrawing", $"waiting for the removal from {Names(withdrawing.Select(share => share.Cluster))}");
        var discarding = draft.Leftovers.Where(leftover => leftover.After is not null).ToList();
        if (discarding.Count > 0)
            return False(PetSetConditions.Converged, "DeletingVolumes", $"waiting for {Names(discarding.Select(leftover => leftover.Cluster).Distinct())} to delete the volumes that {Names(discarding.Select(leftover => draft.Set.NameOf(leftover.Ordinal)))} left there");
        var outdated = wanted.Where(pet => pet.TemplateHash != draft.UpdateHash).ToList();
        return outdated.Count == 0 ? True(PetSetConditions.Converged, "Converged", "every pet runs the newest template, ready, where it is to run")
            : outdated.All(pet => IsHeldBack(draft, pet)) ? True(PetSetConditions.Converged, "HeldBack", $"{Names(outdated.Select(pet => pet.Name))} keep an earlier template, as updateStrategy says")
            : False(PetSetConditions.Converged, "Updating", $"{outdated.Count} pets have an earlier template");
    }

    private static bool IsHeldBack(PetDraft draft, PetStatus pet) =>
        draft.Set.Spec.UpdateStrategy.Type == PetUpdateType.OnDelete || pet.Ordinal < (draft.Set.Spec.UpdateStrategy.Partition ?? 0);

    /// <summary>Whether the rest is still a majority when one region is lost.</summary>
    private static Condition Quorum(PetDraft draft, IReadOnlyList<PetStatus> wanted)
    {
        var largest = wanted.Where(pet => pet.IsBound()).GroupBy(pet => pet.Region).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).FirstOrDefault();
        return largest is null || 2 * largest.Count() < draft.Set.Wanted
            ? True(PetSetConditions.QuorumSpread, "Spread", "without any one region a majority is left")
            : False(PetSetConditions.QuorumSpread, "OneRegionCounts", $"{largest.Key} has {largest.Count()} of {draft.Set.Wanted} pets: without it no majority is left");
    }

    private static string Deleting(PetDraft draft, IReadOnlyList<ClusterShare> shares) =>
        draft.Pets.Count > 0 ? $"waiting for {Names(draft.Pets.Values.Reverse().Select(pet => pet.Name))} to leave"
        : draft.Leftovers.Count > 0 ? $"waiting for {Names(draft.Leftovers.Select(leftover => leftover.Cluster).Distinct())} to delete volumes"
        : shares.Count == 0 ? "removed from every cluster"
        : $"waiting for the removal from {Names(shares.Select(share => share.Cluster))}";

    private static string Trouble(List<PetStatus> pets)
    {
        var pet = pets.Find(candidate => candidate.Reason is not null) ?? pets[0];
        return $"{pet.Name}{(pet.Cluster is null ? "" : $" in {pet.Cluster}")}: {pet.Reason ?? pet.Phase.ToString()}{(pet.Message is null ? "" : $": {pet.Message}")}";
    }

    private static string Names(IEnumerable<string> all)
    {
        var names = all.ToList();
        return names.Count > MostNames ? $"{string.Join(", ", names.Take(MostNames))} and {names.Count - MostNames} more" : string.Join(", ", names);
    }

    private static Condition True(string type, string reason, string message) => new() { Type = type, Status = ConditionStatus.True, Reason = reason, Message = message };

    private static Condition False(string type, string reason, string message) => new() { Type = type, Status = ConditionStatus.False, Reason = reason, Message = message };
}
