using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Takes pets to where people want them, with their volumes (ADR 10).</summary>
/// <remarks>
/// <code>
/// the pet             the word          the other cluster                                  it
/// is bound            Move              takes it, and no other pet is on its way           is released; room is held in both clusters
/// is bound            Move              has no room, or another pet is on its way          waits
/// any                 Move              is not there, not allowed, takes nothing, is lost  the word is given up
/// is free             Move, back        keeps the volumes that it left there               is bound to it
/// is free             Move              says how far its copy is                           is Moving
/// is free             Move              has everything (or there is nothing to carry)      is bound to it; what it leaves is kept until it is ready
/// leaves, is free     none (any more)   any                                                goes home; what the other cluster has is deleted
/// </code>
/// </remarks>
internal static class PetMoves
{
    /// <summary>Room may come without a sign.</summary>
    private static readonly TimeSpan LookForRoomEvery = TimeSpan.FromSeconds(10);

    /// <summary>Gives up what cannot be done, and takes back what nobody wants any more.</summary>
    public static void Follow(PetDraft draft)
    {
        foreach (var word in draft.Words.Where(word => word.Kind == PetWordKind.Move).ToList())
        {
            var pet = draft.Pets[word.Ordinal];
            if (!draft.Set.Wants(pet.Ordinal))
            {
                draft.Words.Remove(word);
                continue;
            }

            if (WhyGivenUp(draft, pet, word) is not { } why)
                continue;
            draft.Words.Remove(word);
            draft.Note("MoveGivenUp", $"{pet.Name} does not move to {word.To}: {why}.", isWarning: true);
        }

        foreach (var pet in draft.Pets.Values.Where(pet => pet.Move is { } move && draft.Word(pet, PetWordKind.Move)?.To != move.To).ToList())
            TakeBack(draft, pet, pet.Move!);
    }

    /// <summary>Whether the pet is to leave its cluster now, for the one that its word names.</summary>
    public static bool MayBegin(PetDraft draft, PetPlaces places, PetStatus pet)
    {
        if (draft.Word(pet, PetWordKind.Move) is not { To: { } to })
            return false;
        var isBack = draft.Word(pet, PetWordKind.Move)!.Back == true;
        var wait = draft.Pets.Values.FirstOrDefault(other => other.Hold is not null) is { } still ? $"a snapshot of {still.Name} is taken first"
            : draft.Wanted.FirstOrDefault(other => other.Ordinal != pet.Ordinal && IsOnItsWay(draft, other)) is { } other ? $"{other.Name} moves first"
            : (isBack ? null : SourceTrouble(draft, pet))
            ?? ((isBack ? places.HasRoom(to) : places.HasRoom(pet, to)) ? null : $"{to} has no room for it now");
        if (wait is null)
            return true;
        draft.Put(pet with { Reason = "MoveWaits", Message = $"it is to move to {to}: {wait}" });
        draft.Look(draft.Now + LookForRoomEvery);
        return false;
    }

    /// <summary>The pet, just released, goes where its word says.</summary>
    public static void Begin(PetDraft draft, PetPlaces places, PetStatus pet)
    {
        var word = draft.Word(pet, PetWordKind.Move)!;
        places.Take(word.To!);
        draft.Put(draft.Pets[pet.Ordinal] with { Move = new PetMove { To = word.To!, Back = word.Back, By = word.By, AskedAt = word.At ?? draft.Now } });
    }

    /// <summary>What is known of a move whose pet runs nowhere.</summary>
    /// <returns>Where the pet may run now; null: its volumes are not there yet, or the cluster cannot be heard.</returns>
    public static ClusterSnapshot? Continue(PetDraft draft, PetStatus pet, PetMove move)
    {
        var to = draft.Cluster(move.To)!;
        if (draft.Set.HasVolumes() && move.CopiedAt is null && move.Back != true)
        {
            var (reason, message) = Trouble(draft, pet, move, to);
            draft.Put(draft.InPhase(pet, PetPhase.Moving, reason, message) with { Move = move with { After = move.After ?? draft.Revision } });
            return null;
        }

        if (to.IsReady)
            return to;
        draft.Put(draft.InPhase(pet, PetPhase.Moving, "TargetAway", $"{move.To} cannot be heard"));
        return null;
    }

    /// <summary>Why a pet cannot move there; null: it can.</summary>
    /// <param name="pet">Bound.</param>
    internal static string? WhyNot(PetDraft draft, PetPlaces places, PetStatus pet, string to, bool isBack)
    {
        if (draft.Cluster(to) is not { } cluster)
            return $"there is no cluster {to}; there are {string.Join(", ", draft.Clusters.Select(known => known.Name))}";
        if (pet.Cluster == to)
            return $"it is in {to} already";
        if (Closed(draft, cluster) is { } closed)
            return closed;
        if (!cluster.IsReady)
            return $"{to} is not Ready";
        var left = Left(draft, pet, to);
        if (isBack && left is not { After: null })
            return $"{to} keeps no volumes of it to go back to";
        if (!isBack && left is { After: null })
            return $"{to} keeps the volumes that it left there, as it has not been ready in {pet.Cluster} since. With --back it goes on with those, and what it wrote in {pet.Cluster} is lost";
        if (!isBack && left is not null)
            return $"{to} still has volumes that it left there and that are to be deleted first, see status.leftovers";
        return (isBack ? null : SourceTrouble(draft, pet)) ?? (places.HasRoom(to) ? null : $"{to} has no room for it: {Filters.LackOf(cluster.Free, ResourceAmounts.OfPod(draft.Set.Spec.Template))}");
    }

    /// <summary>What the pet left in a cluster; null: nothing.</summary>
    public static PetLeftover? Left(PetDraft draft, PetStatus pet, string cluster) =>
        draft.Leftovers.Find(leftover => leftover.Ordinal == pet.Ordinal && leftover.Cluster == cluster);

    private static string? WhyGivenUp(PetDraft draft, PetStatus pet, PetWord word)
    {
        if (draft.Cluster(word.To) is not { } cluster)
            return "the cluster does not exist";
        if (Closed(draft, cluster) is { } closed)
            return closed;
        if (pet.Move is null && !pet.IsBound())
            return $"it leaves {pet.Cluster} for another reason";
        if (word.Back == true && Left(draft, pet, word.To!) is not { After: null })
            return $"it is ready in {pet.Cluster} by now, and what it left in {word.To} is to be deleted";
        if (pet.Move is { Copy: WorkPetCopyPhase.Failed } move)
            return $"its volumes cannot be brought there: {move.Message ?? move.Reason ?? "the cluster does not say why"}";
        if (Failover.DeadlineOf(cluster, draft.Set.Rules, draft.Now) is not { } deadline)
            return null;
        draft.Look(deadline);
        return deadline <= draft.Now ? "the cluster is lost" : null;
    }

    /// <summary>Why the cluster takes no pets of this set, whatever room it has.</summary>
    internal static string? Closed(PetDraft draft, ClusterSnapshot cluster) =>
        !Filters.IsAllowed(cluster, draft.Set.Rules) ? $"the set's placement leaves {cluster.Name} out"
        : cluster.Unschedulable ? $"{cluster.Name} is cordoned or being deleted"
        : cluster.BlockingTaint is { } taint ? $"{cluster.Name} has the taint {taint}"
        : null;

    /// <summary>Why the volumes cannot set out now; null: they can, or there are none.</summary>
    private static string? SourceTrouble(PetDraft draft, PetStatus pet) =>
        !draft.Set.HasVolumes() ? null
        : !draft.IsReady(pet.Cluster) ? $"{pet.Cluster}, which has its volumes, cannot be heard"
        : pet.Node is null ? $"it has not started in {pet.Cluster} yet, so that nobody knows which machine has its volumes. If it has none, release it"
        : null;

    /// <summary>It moves, or has moved and is not ready yet where it can be heard.</summary>
    private static bool IsOnItsWay(PetDraft draft, PetStatus pet) => pet.Move is not null
        || (draft.IsReady(pet.Cluster) && draft.Takeovers.Exists(takeover => takeover is { AskedAt: not null, ReadyAt: null } && (takeover.Ordinal, takeover.Epoch) == (pet.Ordinal, pet.Epoch)));

    private static (string Reason, string Message) Trouble(PetDraft draft, PetStatus pet, PetMove move, ClusterSnapshot to) =>
        draft.Cluster(pet.Cluster) is not { } from ? ("SourceGone", $"{pet.Cluster}, which has its volumes, does not exist any more; `fed release {pet.Name} -n {draft.Set.Metadata.Namespace}` starts it with empty ones")
        : !from.IsReady ? ("SourceAway", $"{pet.Cluster}, which has the only whole copy of its volumes, cannot be heard; the move waits for it")
        : !to.IsReady ? ("TargetAway", $"{move.To}, where it is to go, cannot be heard")
        : move.Reason is { } reason ? (reason, move.Message ?? $"{move.To} says so")
        : ("CarryingVolumes", $"its volumes are carried from {pet.Cluster} to {move.To}");

    private static void TakeBack(PetDraft draft, PetStatus pet, PetMove move)
    {
        draft.Put(pet with { Move = null });
        if (draft.Set.HasVolumes() && move.After is not null)
            PetLeftovers.Add(draft, pet, move.To, move.Node, isNeeded: false);
        draft.Note("MoveTakenBack", $"{pet.Name} does not go to {move.To}; its volumes are in {pet.Cluster}.", isWarning: true);
    }
}
