using Federation.Api.Pets;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Takes pets out of their clusters' works, and says when it is sure that they do not run there.</summary>
/// <remarks>
/// <code>
/// the pet                                   its cluster             is released
/// is not wanted                             any                     ordered: the highest first, one by one; parallel: at once
/// somebody asked for it                     any                     at once; to move it, see PetMoves
/// somebody says that it is dead             any                     at once, unless it must wait for its volumes
/// may leave, and is not kept                lost for failover.after if another cluster can take it; with claims, if a majority is ready
/// may leave                                 not allowed any more    one at a time, while all others are available
/// has claims and must wait, or is kept      lost                    never: it waits
/// </code>
/// </remarks>
internal static class PetReleases
{
    /// <summary>A release ends with the word of the cluster (see <see cref="PetReports"/>), its fence, or a person's word. Never before it was written.</summary>
    public static void Free(PetDraft draft)
    {
        foreach (var pet in draft.Pets.Values.Where(pet => pet.IsLeaving()).ToList())
        {
            var freedBy = FreedBy(draft, pet);
            if (freedBy is not null)
                draft.Put(pet with { Release = pet.Release! with { FreedAt = draft.Now, FreedBy = freedBy } });
        }
    }

    /// <summary>Takes those that are not wanted, and run nowhere, out of the list.</summary>
    public static void Retire(PetDraft draft)
    {
        foreach (var pet in draft.Pets.Values.Where(pet => pet.IsFree() && !draft.Set.Wants(pet.Ordinal)).ToList())
        {
            draft.Pets.Remove(pet.Ordinal);
            if (pet.Restore is { } restore)
                PetLeftovers.AddCopies(draft, pet, restore);
            if (pet.Epoch == 0)
                continue;
            var isDiscarded = DeletesVolumes(draft.Set);
            var keepsVolumes = draft.Set.HasVolumes() && !isDiscarded;
            if (isDiscarded)
                PetLeftovers.DeleteAll(draft, pet.Ordinal);
            // Its cluster deleted them while it let go of it, unless it was not asked to, or was not heard.
            if (isDiscarded && pet.Cluster is not null && !(IsDiscarded(draft.Set, pet) && pet.Release?.FreedBy == PetFreedBy.Cluster))
                PetLeftovers.Add(draft, pet, pet.Cluster, pet.Node, isNeeded: false);
            draft.Retired[pet.Ordinal] = new PetMemory { Ordinal = pet.Ordinal, Epoch = pet.Epoch, Cluster = keepsVolumes ? pet.Cluster : null, Node = keepsVolumes ? pet.Node : null };
            draft.Note("PetGone", $"{pet.Name} does not run any more.");
        }
    }

    public static void Release(PetDraft draft, PetPlaces places)
    {
        ReleaseUnwanted(draft);
        foreach (var pet in draft.Wanted.Where(pet => pet.IsBound()).ToList())
        {
            if (PetMoves.MayBegin(draft, places, pet))
            {
                Release(draft, pet, PetReleaseCause.Asked);
                PetMoves.Begin(draft, places, pet);
            }
            else if (draft.Word(pet, PetWordKind.Release) is not null || draft.Word(pet, PetWordKind.Fence) is not null)
            {
                Release(draft, pet, PetReleaseCause.Asked);
            }
            else if (IsLost(draft, places, pet, out var since))
                Release(draft, pet, PetReleaseCause.Lost, since);
        }

        ReleaseMisplaced(draft, places);
    }

    /// <summary>Whether the volumes of a pet that leaves for good are to go.</summary>
    public static bool IsDiscarded(PetSet set, PetStatus pet) =>
        pet.Release?.Cause == PetReleaseCause.Unwanted && DeletesVolumes(set);

    private static bool DeletesVolumes(PetSet set) =>
        set.HasVolumes() && (set.IsDeleting ? set.Spec.VolumeRetention.WhenDeleted : set.Spec.VolumeRetention.WhenScaled) == RetentionPolicy.Delete;

    private static PetFreedBy? FreedBy(PetDraft draft, PetStatus pet)
    {
        if (pet.Kept != true && draft.Observed.Fenced.TryGetValue(pet.Cluster!, out var asked) && asked > pet.Release!.After)
            return PetFreedBy.Fence;
        // A cluster that can be heard speaks for itself.
        return !draft.IsReady(pet.Cluster) && draft.Word(pet, PetWordKind.Fence) is not null ? PetFreedBy.Person : null;
    }

    private static void ReleaseUnwanted(PetDraft draft)
    {
        var unwanted = draft.Pets.Values.Where(pet => !draft.Set.Wants(pet.Ordinal)).Reverse().ToList();
        foreach (var pet in draft.Set.IsOrdered() ? unwanted.Take(1) : unwanted)
        {
            if (pet.IsBound())
                Release(draft, pet, PetReleaseCause.Unwanted);
        }
    }

    private static bool IsLost(PetDraft draft, PetPlaces places, PetStatus pet, out DateTimeOffset? since)
    {
        var cluster = draft.Cluster(pet.Cluster);
        since = cluster is null ? draft.Now : cluster.NotReadySince;
        if (cluster?.IsReady == true || pet.Kept == true || !draft.Set.MayLeaveVolumes())
            return false;
        if (cluster is not null && Failover.DeadlineOf(cluster, draft.Set.Rules, draft.Now) is { } deadline && deadline > draft.Now)
        {
            draft.Look(deadline);
            return false;
        }

        return MayStartEmpty(draft) && places.CanTake(pet, except: pet.Cluster);
    }

    /// <summary>A member with empty volumes gets its data from the others: while most of them are away it would only forget what it has.</summary>
    internal static bool MayStartEmpty(PetDraft draft) =>
        !draft.Set.HasVolumes() || draft.Set.Wanted < 3 || 2 * draft.Wanted.Count(pet => pet.Phase == PetPhase.Ready && pet.IsBound()) > draft.Set.Wanted;

    private static void ReleaseMisplaced(PetDraft draft, PetPlaces places)
    {
        var misplaced = draft.Wanted.Where(pet => pet.IsBound() && draft.Cluster(pet.Cluster) is { IsReady: true } cluster && !Filters.IsAllowed(cluster, draft.Set.Rules)).ToList();
        if (misplaced.Count == 0)
            return;
        if (!draft.Set.MayLeaveVolumes())
        {
            foreach (var pet in misplaced.Where(pet => draft.Word(pet, PetWordKind.Move) is null))
            {
                var to = places.Best(pet, except: pet.Cluster, strictly: true)?.Name ?? "CLUSTER";
                draft.Put(pet with
                {
                    Reason = "PlacementForbids",
                    Message = $"placement leaves {pet.Cluster} out, and the pet's volumes are there: it stays until it is moved with them, `fed move pet {pet.Name} --to {to} -n {draft.Set.Metadata.Namespace}`",
                });
            }

            return;
        }

        var others = draft.Wanted.Where(pet => !draft.IsAvailable(pet)).ToList();
        var next = misplaced.Find(pet => !draft.IsAvailable(pet)) ?? misplaced[^1];
        if (!PetHolds.IsAny(draft) && others.All(pet => pet.Ordinal == next.Ordinal) && places.CanTake(next, except: next.Cluster))
            Release(draft, next, PetReleaseCause.Placement);
        else
            draft.Look(draft.Wanted.Min(pet => pet.AvailableAt(draft.Set) is { } at && at > draft.Now ? at : (DateTimeOffset?)null));
    }

    private static void Release(PetDraft draft, PetStatus pet, PetReleaseCause cause, DateTimeOffset? detectedAt = null)
    {
        var why = cause switch
        {
            PetReleaseCause.Lost => $"{pet.Cluster} is lost",
            PetReleaseCause.Placement => $"placement leaves {pet.Cluster} out",
            PetReleaseCause.Asked => "somebody asked for it",
            _ => "it is not wanted any more",
        };
        var phase = cause == PetReleaseCause.Unwanted ? PetPhase.Stopping : PetPhase.Releasing;
        var message = $"{why}; waiting for {pet.Cluster} to say that it does not run there{(pet.Kept == true ? ", or for a person to say so" : ", or for its permission to end")}";
        draft.Put(draft.InPhase(pet, phase, cause.ToString(), message) with
        {
            Release = new PetRelease { After = draft.Revision, At = draft.Now, Cause = cause, DetectedAt = detectedAt },
        });
        // What a person has said of it already counts with the next plan, and for a kept pet nothing else may ever ask for one.
        if (draft.Word(pet, PetWordKind.Fence) is not null)
            draft.Look(draft.Now);
        draft.Note("PetReleased", $"{pet.Name} leaves {pet.Cluster}: {why}.", isWarning: cause == PetReleaseCause.Lost);
    }
}
