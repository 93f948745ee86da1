using Federation.Api.Agents;
using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Folds what a cluster says about its pets into the set's status. What follows from it is for <see cref="PetPlanner"/> to say. Pure.</summary>
/// <remarks>
/// A cluster speaks of the pets that it may run, and of no others: what it says about somebody else's pet changes nothing, so that a compromised
/// cluster cannot take one. What it says about an epoch that is not the pet's is old, and changes nothing either.
/// </remarks>
public static class PetReports
{
    /// <param name="set">As stored.</param>
    /// <param name="cluster">Who says it.</param>
    /// <param name="report">What it says; about this set's uid.</param>
    /// <param name="now">When it arrived.</param>
    /// <returns>The same instance when nothing changed.</returns>
    public static PetSet Fold(PetSet set, string cluster, WorkStatus report, DateTimeOffset now)
    {
        var seen = new Dictionary<int, WorkPetStatus>(report.Pets.Count);
        foreach (var pet in report.Pets)
            seen[pet.Ordinal] = pet;
        var pets = new PetStatus[set.Status.Pets.Count];
        var isSame = true;
        for (var i = 0; i < pets.Length; i++)
        {
            var pet = set.Status.Pets[i];
            pets[i] = pet.Cluster == cluster ? Fold(set, pet, report, seen.GetValueOrDefault(pet.Ordinal), now)
                : pet.Move?.To == cluster ? PetMoveReports.Fold(pet, report, now)
                : pet.Restore is { } restore && restore.To == cluster ? PetMoveReports.Fold(pet, restore, report, now)
                : pet;
            isSame &= ReferenceEquals(pets[i], pet) || pets[i] == pet;
        }

        IReadOnlyList<PetLeftover> leftovers = [.. set.Status.Leftovers.Select(leftover => leftover.Cluster == cluster ? PetMoveReports.Fold(leftover, report, now) : leftover)];
        return isSame && leftovers.SequenceEqual(set.Status.Leftovers) ? set : set with { Status = set.Status with { Pets = pets, Leftovers = leftovers } };
    }

    private static PetStatus Fold(PetSet set, PetStatus pet, WorkStatus report, WorkPetStatus? seen, DateTimeOffset now)
    {
        // An agent that lost its disk speaks of what it found, not of a work: no revision of ours.
        if (pet.KeptUntil < report.Revision && !report.Orphan)
            pet = pet with { Kept = null, KeptUntil = null };
        if (pet.Release is { } release)
            return release.FreedAt is null && IsWordOfRelease(release, report, seen) ? pet with { Release = release with { FreedAt = now, FreedBy = PetFreedBy.Cluster } } : pet;
        if (seen is null || seen.Epoch != pet.Epoch)
            return pet;
        var (phase, reason, message) = PhaseOf(set, pet, seen);
        return pet with
        {
            Phase = phase,
            Reason = reason,
            Message = message,
            Heard = null,
            Node = seen.Node.Length > 0 ? seen.Node : pet.Node,
            Since = pet.Phase == phase ? pet.Since : now,
        };
    }

    /// <summary>Only what is said about a work without the pet, or about the order to remove it, counts: one from before still names it, or is about to.</summary>
    private static bool IsWordOfRelease(PetRelease release, WorkStatus report, WorkPetStatus? seen) =>
        seen is null && report.Revision > release.After && !report.Orphan;

    private static (PetPhase Phase, string? Reason, string? Message) PhaseOf(PetSet set, PetStatus pet, WorkPetStatus seen) => seen.Phase switch
    {
        WorkPetPhase.Running or WorkPetPhase.Ready when seen.TemplateHash != pet.TemplateHash => (PetPhase.Starting, "Updating", "it still runs its earlier template"),
        WorkPetPhase.Ready => (PetPhase.Ready, seen.Reason, seen.Message),
        WorkPetPhase.Running => (PetPhase.Running, seen.Reason, seen.Message),
        WorkPetPhase.Waiting when seen.Reason == WorkPetReasons.Fenced => (PetPhase.Fenced, seen.Reason, seen.Message),
        WorkPetPhase.Waiting when seen.Reason == WorkPetReasons.NodeAway && set.Spec.VolumeClaims.Count > 0 => (PetPhase.WaitingForVolumes, seen.Reason, seen.Message),
        WorkPetPhase.Stopping => (PetPhase.Starting, seen.Reason ?? "Stopping", seen.Message),
        _ => (PetPhase.Starting, seen.Reason, seen.Message),
    };
}
