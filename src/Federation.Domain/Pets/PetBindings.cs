using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Pets;

/// <summary>Gives pets that surely run nowhere to clusters, each with the next epoch.</summary>
internal static class PetBindings
{
    private const int MostTakeovers = 20;

    /// <summary>An entry for every pet that is wanted. One that comes back goes on from its last epoch, and to its volumes.</summary>
    public static void Enter(PetDraft draft)
    {
        var set = draft.Set;
        for (var ordinal = set.FirstOrdinal; set.Wants(ordinal); ordinal++)
        {
            if (draft.Pets.ContainsKey(ordinal))
                continue;
            draft.Retired.Remove(ordinal, out var memory);
            draft.Put(new PetStatus
            {
                Ordinal = ordinal,
                Name = set.NameOf(ordinal),
                Epoch = memory?.Epoch ?? draft.EpochFloor,
                Cluster = memory?.Cluster,
                Region = draft.Cluster(memory?.Cluster)?.Region,
                Node = memory?.Node,
                Release = memory?.Cluster is null ? null : new PetRelease { Cause = PetReleaseCause.Unwanted, FreedAt = draft.Now, FreedBy = PetFreedBy.Cluster },
                Phase = PetPhase.Pending,
                Since = draft.Now,
            });
        }
    }

    public static void Bind(PetDraft draft, PetPlaces places)
    {
        var isNext = true;
        foreach (var pet in draft.Wanted.ToList())
        {
            if (pet.IsFree())
            {
                if (isNext || !IsFirstStart(pet))
                    Bind(draft, places, pet);
                else
                    draft.Put(draft.InPhase(pet, PetPhase.Pending, "WaitsForOrder", "the pets before it are not all available yet"));
            }

            // What was bound just now is not available, so only one begins at a time.
            if (!draft.Set.IsOrdered() || draft.IsAvailable(pet))
                continue;
            isNext = false;
            draft.Look(pet.AvailableAt(draft.Set));
        }
    }

    /// <summary>A cluster that surely lost the machine of a pet asks for a higher epoch: with it, the pet starts on another machine. Without a machine there is nothing to be lost: it waits for something else.</summary>
    public static void RaiseEpochs(PetDraft draft)
    {
        foreach (var pet in draft.Wanted.Where(pet => pet.IsBound() && draft.IsReady(pet.Cluster)).ToList())
        {
            var isLost = pet is { Phase: PetPhase.Starting, Reason: WorkPetReasons.NodeFenced } && draft.Set.MayLeaveVolumes();
            if (pet is { Phase: PetPhase.WaitingForVolumes, Reason: WorkPetReasons.NodeAway, Since: { } since, Node: not null } && draft.Set.MayLeaveVolumes() && PetReleases.MayStartEmpty(draft))
            {
                var deadline = since + (draft.Set.Spec.Placement.Failover?.After ?? TimeSpan.Zero);
                isLost = deadline <= draft.Now;
                if (!isLost)
                    draft.Look(deadline);
            }

            if (!isLost)
                continue;
            draft.Put(draft.InPhase(pet, PetPhase.Starting, "NodeLost", $"{pet.Node ?? "its machine"} is lost; it starts on another one") with { Epoch = pet.Epoch + 1, Node = null });
            draft.Note("PetNodeLost", $"{pet.Name} leaves {pet.Node ?? "its machine"} of {pet.Cluster}, which is lost; its epoch is {pet.Epoch + 1} now.", isWarning: true);
        }
    }

    private static bool IsFirstStart(PetStatus pet) => pet.Release is null or { Cause: PetReleaseCause.Unwanted };

    private static void Bind(PetDraft draft, PetPlaces places, PetStatus pet)
    {
        if (pet.Move is { } move)
        {
            if (PetMoves.Continue(draft, pet, move) is { } there)
                Give(draft, places, pet, there, move.Back == true ? PetMoves.Left(draft, pet, there.Name)?.Node : move.Node);
            return;
        }

        if (pet.Restore is not null || PetRestores.IsWanted(draft, pet))
        {
            if (PetRestores.Continue(draft, places, pet) is { } place)
                Give(draft, places, draft.Pets[pet.Ordinal], place.Cluster, place.Node);
            return;
        }

        var home = pet.Release is null ? null : pet.Cluster;
        if (draft.Word(pet, PetWordKind.Release) is null && draft.Set.HasVolumes() && home is not null)
        {
            if (places.HasRoom(pet, home))
            {
                Give(draft, places, pet, draft.Cluster(home)!, pet.Node);
                return;
            }

            if (!MayLeaveHome(draft, home))
            {
                draft.Put(draft.InPhase(pet, PetPhase.WaitingForVolumes, "WaitsForVolumes", $"its volumes are in {home}, which cannot run it now"));
                return;
            }
        }

        var isAsked = draft.Word(pet, PetWordKind.Release) is not null;
        if (places.Best(pet, except: isAsked ? home : null, strictly: false) is { } cluster)
        {
            Give(draft, places, pet, cluster, node: null);
            return;
        }

        draft.Unplaced++;
        draft.Put(draft.InPhase(pet, PetPhase.Pending, "NoFeasibleCluster", "no cluster takes it; status.placement says why"));
    }

    private static bool MayLeaveHome(PetDraft draft, string home)
    {
        if (!draft.Set.MayLeaveVolumes() || !PetReleases.MayStartEmpty(draft))
            return false;
        return draft.Cluster(home) is not { } cluster || !cluster.IsReady || !Scheduling.Placing.Filters.IsAllowed(cluster, draft.Set.Rules);
    }

    private static void Give(PetDraft draft, PetPlaces places, PetStatus pet, ClusterSnapshot cluster, string? node)
    {
        if (pet.Move is not null)
            places.Arrive(pet);
        else if (pet.Restore is null)
            places.Take(cluster.Name);
        var given = draft.InPhase(pet, PetPhase.Starting, reason: null, message: null) with
        {
            Cluster = cluster.Name,
            Region = cluster.Region,
            Node = node,
            Epoch = pet.Epoch + 1,
            Release = null,
            Move = null,
            Restore = null,
            Kept = draft.Policy == PartitionPolicy.Keep ? true : null,
            KeptUntil = null,
            Since = draft.Now,
        };
        draft.Put(given);
        draft.Words.RemoveAll(word => word.Ordinal == pet.Ordinal && word.Epoch <= pet.Epoch);
        if (pet.Release is not { } release || release.Cause == PetReleaseCause.Unwanted)
        {
            draft.Note("PetPlaced", $"{pet.Name} is to run in {cluster.Name}{(pet.Restore is { } restored ? $" with the volumes of {restored.Snapshot}/{restored.Id}" : "")}; its epoch is {given.Epoch}.");
            return;
        }

        draft.Leftovers.RemoveAll(leftover => leftover.Ordinal == pet.Ordinal && leftover.Cluster == cluster.Name);
        if (pet.Move is not null && draft.Set.HasVolumes())
            PetLeftovers.Add(draft, pet, pet.Cluster!, pet.Node, isNeeded: true);
        if (pet.Cluster == cluster.Name && release.Cause == PetReleaseCause.Asked && node is not null)
        {
            draft.Note("PetReturned", $"{pet.Name} runs in {cluster.Name} again; its epoch is {given.Epoch}.");
            return;
        }

        draft.Note(pet.Move is null ? "PetTakenOver" : "PetMoved", $"{pet.Name} goes from {pet.Cluster} to {cluster.Name}; its epoch is {given.Epoch}.", isWarning: release.Cause == PetReleaseCause.Lost);
        draft.Takeovers.Add(new PetTakeover
        {
            Ordinal = pet.Ordinal,
            From = pet.Cluster,
            To = cluster.Name,
            Epoch = given.Epoch,
            Cause = release.Cause,
            By = pet.Move?.By,
            AskedAt = pet.Move?.AskedAt,
            CopiedAt = pet.Move?.CopiedAt,
            Bytes = pet.Move?.CopiedAt is null ? null : pet.Move.Bytes,
            Digest = pet.Move?.Digest,
            FreedBy = release.FreedBy,
            DetectedAt = release.DetectedAt,
            ReleasedAt = release.At,
            FreedAt = release.FreedAt,
            BoundAt = draft.Now,
        });
        if (draft.Takeovers.Count > MostTakeovers)
            draft.Takeovers.RemoveRange(0, draft.Takeovers.Count - MostTakeovers);
    }
}
