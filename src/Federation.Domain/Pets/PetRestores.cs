using System.Globalization;
using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Brings what snapshots have to pets that are new (ADR 11): a copy as of a move, from another source, and the pet starts once it is there.</summary>
/// <remarks>
/// <code>
/// the pet       there is a copy   the cluster that it goes to     it
/// is new        no                -                               waits for one; with missing: Empty it begins with empty volumes
/// is new        yes               is chosen as for any pet        is Moving
/// is restored   yes               has everything                  is bound to it
/// is restored   not any more      any                             begins anew; what the cluster has is deleted
/// is restored   yes               is lost, closed, cannot         begins anew, elsewhere; what the cluster has is deleted
/// is restored   yes               has volumes of its name         waits for a person: those are not touched
/// </code>
/// Each beginning has an epoch of its own: that names the copy.
/// </remarks>
internal static class PetRestores
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>It never had volumes, and is to begin with those of a snapshot.</summary>
    public static bool IsWanted(PetDraft draft, PetStatus pet) => SourceOf(draft.Set) is not null && pet is { Cluster: null, Release: null };

    /// <summary>What new pets of the set begin with; null: with nothing.</summary>
    public static VolumeSource? SourceOf(PetSet set) => set.Spec.VolumeClaims.FirstOrDefault(claim => claim.From is not null)?.From;

    /// <param name="pet">Free, and wanted.</param>
    /// <returns>Where it may run now, and on which machine; null: it waits.</returns>
    public static (ClusterSnapshot Cluster, string? Node)? Continue(PetDraft draft, PetPlaces places, PetStatus pet)
    {
        if (pet.Restore is { } begun && WhyGivenUp(draft, pet, begun) is { } why)
        {
            draft.Note("RestoreGivenUp", $"{pet.Name} does not begin with {begun.Snapshot}/{begun.Id} in {begun.To}: {why}.", isWarning: true);
            pet = GiveUp(draft, pet, begun);
        }

        if (pet.Restore is not { } restore)
            return Begin(draft, places, pet);
        var to = draft.Cluster(restore.To)!;
        if (restore.CopiedAt is not null && to.IsReady)
            return (to, restore.Node);
        var (reason, message) = Trouble(draft, restore, to);
        draft.Put(draft.InPhase(pet, PetPhase.Moving, reason, message));
        return null;
    }

    /// <summary>It does not begin that way: what was brought there goes.</summary>
    private static PetStatus GiveUp(PetDraft draft, PetStatus pet, PetRestore restore)
    {
        PetLeftovers.AddCopies(draft, pet, restore);
        pet = pet with { Restore = null, Epoch = pet.Epoch + 1 };
        draft.Put(pet);
        return pet;
    }

    private static (ClusterSnapshot Cluster, string? Node)? Begin(PetDraft draft, PetPlaces places, PetStatus pet)
    {
        var source = SourceOf(draft.Set)!;
        var copy = Find(draft, source, pet.Ordinal);
        if (copy is null && source.Missing != MissingCopy.Empty)
        {
            draft.Put(draft.InPhase(pet, PetPhase.Pending, "WaitsForCopy", $"snapshot {source.Snapshot} has no complete copy {(source.Id is null ? "" : $"{source.Id} ")}of pet {pet.Ordinal}"));
            draft.Look(draft.Now + LookEvery);
            return null;
        }

        if (places.Best(pet, except: null, strictly: false) is not { } to)
        {
            draft.Unplaced++;
            draft.Put(draft.InPhase(pet, PetPhase.Pending, "NoFeasibleCluster", "no cluster takes it; status.placement says why"));
            return null;
        }

        if (copy is not var (snapshot, item))
            return (to, null);
        places.Take(to.Name);
        var restore = new PetRestore
        {
            To = to.Name,
            Snapshot = snapshot.Metadata.Name,
            SnapshotUid = snapshot.Metadata.Uid ?? "",
            Id = item.Id,
            Cluster = item.Cluster ?? "",
            StoredOn = item.Node,
            After = draft.Revision,
        };
        var (reason, message) = Trouble(draft, restore, to);
        draft.Put(draft.InPhase(pet, PetPhase.Moving, reason, message) with { Restore = restore });
        draft.Note("PetRestoring", $"{pet.Name} begins in {to.Name} with {restore.Snapshot}/{restore.Id}, which {restore.Cluster} has.");
        return null;
    }

    private static (PetSnapshot Snapshot, PetSnapshotItem Item)? Find(PetDraft draft, VolumeSource source, int ordinal)
    {
        var snapshot = draft.Observed.Snapshots.FirstOrDefault(snapshot => snapshot.Metadata.Name == source.Snapshot && !snapshot.IsDeleting);
        var wanted = source.Id is null ? null : string.Create(CultureInfo.InvariantCulture, $"{source.Id}-{ordinal}");
        var item = snapshot?.Status.Items.LastOrDefault(item => item.Ordinal == ordinal && item.Phase == PetSnapshotPhase.Complete && HasClaims(draft.Set, item)
            && (source.Id is null || item.Id == source.Id || item.Id == wanted));
        return item is null ? null : (snapshot!, item);
    }

    private static bool HasClaims(PetSet set, PetSnapshotItem item) =>
        set.Spec.VolumeClaims.Where(claim => claim.From is not null).All(claim => item.Claims.Any(known => known.Name == claim.Name));

    private static string? WhyGivenUp(PetDraft draft, PetStatus pet, PetRestore restore)
    {
        if (SourceOf(draft.Set) is null)
            return "the set does not ask for it any more";
        if (restore.CopiedAt is null && !IsThere(draft, pet, restore))
            return "there is no such copy any more";
        if (draft.Cluster(restore.To) is not { } cluster)
            return "the cluster does not exist";
        if (PetMoves.Closed(draft, cluster) is { } closed)
            return closed;
        if (restore.Copy == WorkPetCopyPhase.Failed)
            return $"its volumes cannot be brought there: {restore.Message ?? restore.Reason ?? "the cluster does not say why"}";
        if (Failover.DeadlineOf(cluster, draft.Set.Rules, draft.Now) is not { } deadline)
            return null;
        draft.Look(deadline);
        return deadline <= draft.Now ? "the cluster is lost" : null;
    }

    private static bool IsThere(PetDraft draft, PetStatus pet, PetRestore restore) => draft.Observed.Snapshots.Any(snapshot => snapshot.Metadata.Uid == restore.SnapshotUid
        && snapshot.Status.Items.Any(item => item.Id == restore.Id && item.Ordinal == pet.Ordinal && item.Phase == PetSnapshotPhase.Complete));

    private static (string Reason, string Message) Trouble(PetDraft draft, PetRestore restore, ClusterSnapshot to) =>
        !to.IsReady ? ("TargetAway", $"{restore.To}, where it is to go, cannot be heard")
        : restore.CopiedAt is null && !draft.IsReady(restore.Cluster) ? ("SourceAway", $"{restore.Cluster}, which has {restore.Snapshot}/{restore.Id}, cannot be heard")
        : restore.Reason is { } reason ? (reason, restore.Message ?? $"{restore.To} says so")
        : ("RestoringVolumes", $"its volumes are brought from {restore.Snapshot}/{restore.Id} in {restore.Cluster} to {restore.To}");
}
