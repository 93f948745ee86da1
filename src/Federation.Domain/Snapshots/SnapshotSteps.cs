using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Domain.Pets;

namespace Federation.Domain.Snapshots;

/// <summary>Takes each copy a step on, or says what it waits for.</summary>
/// <remarks>
/// <code>
/// Waiting ──the pet is there, the directory too, with Pause its turn (PetHolds)──▶ Taking ──the machine's word──▶ Storing ──the storing cluster's word──▶ Complete
///    │ no such pet, claim or set                                                     │ the pet leaves, the machine fails    │ a cluster is gone
///    └──────────────────────────────▶ Failed ◀───────────────────────────────────────┴──────────────────────────────────────┘
/// </code>
/// </remarks>
internal static class SnapshotSteps
{
    /// <summary>What is waited for may come without a sign.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    public static void Advance(SnapshotDraft draft, PetSet? set)
    {
        foreach (var item in draft.Items.ToList())
        {
            switch (item.Phase)
            {
                case PetSnapshotPhase.Waiting:
                    Begin(draft, item, set);
                    break;
                case PetSnapshotPhase.Taking:
                    Take(draft, item, set);
                    break;
                case PetSnapshotPhase.Storing:
                    Store(draft, item);
                    break;
                case PetSnapshotPhase.Complete when draft.Cluster(item.Cluster) is null:
                    draft.Fail(item, SnapshotReasons.ClusterGone, $"{item.Cluster}, which stored it, does not belong to the federation any more");
                    break;
            }
        }

        draft.Discards.RemoveAll(discard => draft.Cluster(discard.Cluster) is null);
    }

    private static void Begin(SnapshotDraft draft, PetSnapshotItem item, PetSet? set)
    {
        if (WhyNever(item, set) is var (why, sentence))
        {
            draft.Fail(item, why, sentence);
            return;
        }

        var pet = set!.Status.Pets.FirstOrDefault(pet => pet.Ordinal == item.Ordinal);
        if (WhyNotYet(draft, item, pet) is var (reason, message))
        {
            draft.Put(item with { Reason = reason, Message = message });
            draft.Look(draft.Now + LookEvery);
            return;
        }

        draft.Put(item with
        {
            Phase = PetSnapshotPhase.Taking,
            SetUid = set.Metadata.Uid,
            Epoch = pet!.Epoch,
            Cluster = draft.Snapshot.Spec.To ?? pet.Cluster,
            TakenIn = pet.Cluster,
            TakenOn = pet.Node,
            Claims = [.. ClaimsOf(item, set).Select(claim => new PetSnapshotClaim { Name = claim })],
            Reason = null,
            Message = null,
        });
    }

    private static void Take(SnapshotDraft draft, PetSnapshotItem item, PetSet? set)
    {
        var pet = set?.Metadata.Uid == item.SetUid ? set?.Status.Pets.FirstOrDefault(pet => pet.Ordinal == item.Ordinal) : null;
        if (pet is null || !pet.IsBound() || (pet.Cluster, pet.Epoch) != (item.TakenIn, item.Epoch))
            draft.Fail(item, WorkSnapshotReasons.PetLeft, $"{item.Pet} left {item.TakenIn}, or its volumes, before it was taken");
        else
            Follow(draft, item, source: item.TakenIn, target: null);
    }

    private static void Store(SnapshotDraft draft, PetSnapshotItem item)
    {
        if (draft.Cluster(item.Cluster) is null)
            draft.Fail(item, SnapshotReasons.ClusterGone, $"{item.Cluster}, which was to store it, does not belong to the federation any more");
        else if (draft.Cluster(item.TakenIn) is null)
            draft.Fail(item, SnapshotReasons.ClusterGone, $"{item.TakenIn}, which took it, does not belong to the federation any more");
        else
            Follow(draft, item, item.TakenIn, item.Cluster);
    }

    /// <summary>Who cannot be heard cannot say itself what holds the copy up.</summary>
    private static void Follow(SnapshotDraft draft, PetSnapshotItem item, string? source, string? target)
    {
        var (reason, message) =
            target is not null && !draft.IsReady(target) ? (SnapshotReasons.TargetAway, $"{target}, which is to store it, cannot be heard")
            : !draft.IsReady(source) ? (SnapshotReasons.SourceAway, $"{source}, which has it, cannot be heard")
            : item.Reason == SnapshotReasons.TargetAway ? (null, null)
            : item.Reason == SnapshotReasons.SourceAway && item.Phase == PetSnapshotPhase.Taking ? (null, null)
            : (item.Reason, item.Message);
        if (item.Reason != reason)
            draft.Put(item with { Reason = reason, Message = message });
    }

    private static (string Reason, string Message)? WhyNever(PetSnapshotItem item, PetSet? set)
    {
        if (set is null)
            return (SnapshotReasons.NoPetSet, "its PetSet does not exist any more");
        if (!set.Wants(item.Ordinal))
            return (SnapshotReasons.NoSuchPet, $"{set.Metadata.Name} has no pet {item.Ordinal}");
        if (set.Spec.VolumeClaims.Count == 0)
            return (SnapshotReasons.NoVolumes, $"the pets of {set.Metadata.Name} have no volumes");
        return item.Claims.FirstOrDefault(claim => set.Spec.VolumeClaims.All(known => known.Name != claim.Name)) is { } unknown
            ? (SnapshotReasons.NoSuchClaim, $"{set.Metadata.Name} has no volume claim {unknown.Name}")
            : null;
    }

    private static (string Reason, string Message)? WhyNotYet(SnapshotDraft draft, PetSnapshotItem item, PetStatus? pet)
    {
        if (pet?.Cluster is null)
            return (SnapshotReasons.PetAway, $"{item.Pet} has no cluster yet");
        if (!pet.IsBound())
            return (SnapshotReasons.PetAway, $"{item.Pet} leaves {pet.Cluster} at present");
        if (!draft.IsReady(pet.Cluster))
            return (SnapshotReasons.SourceAway, $"{pet.Cluster}, where {item.Pet} is, cannot be heard");
        if (pet.Node is null || pet.Phase is not (PetPhase.Starting or PetPhase.Running or PetPhase.Ready))
            return (SnapshotReasons.PetAway, pet.Node is null ? $"{item.Pet} has not started in {pet.Cluster} yet" : $"{item.Pet} does not run ({pet.Phase})");
        var to = draft.Snapshot.Spec.To ?? pet.Cluster;
        if (draft.Cluster(to) is not { } target)
            return (SnapshotReasons.NoSuchCluster, $"there is no cluster {to}; there are {string.Join(", ", draft.Clusters.Select(known => known.Name))}");
        if (!target.IsReady)
            return (SnapshotReasons.TargetAway, $"{to}, which is to store it, cannot be heard");
        if (target.SnapshotNodes == 0)
            return (WorkSnapshotReasons.NoDirectory, $"no machine of {to} has a directory for snapshots (its agent's option --snapshots DIR)");
        if (item.Consistency == PetSnapshotConsistency.Pause && (pet.Hold?.Snapshot, pet.Hold?.Id) != (draft.Snapshot.Metadata.Name, item.Id))
            return (SnapshotReasons.WaitsForTurn, $"{item.Pet} holds still once all other pets of its set are available and none of them does");
        return null;
    }

    private static IEnumerable<string> ClaimsOf(PetSnapshotItem item, PetSet set) =>
        set.Spec.VolumeClaims.Select(claim => claim.Name).Where(name => item.Claims.Count == 0 || item.Claims.Any(claim => claim.Name == name));
}
