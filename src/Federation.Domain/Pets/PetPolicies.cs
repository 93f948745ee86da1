using Federation.Api.Pets;

namespace Federation.Domain.Pets;

/// <summary>Follows a change of the partition policy. An agent that is cut off has not heard of it: its pets stay kept until it says so.</summary>
internal static class PetPolicies
{
    public static void Follow(PetDraft draft)
    {
        var wanted = draft.Set.Spec.PartitionPolicy ?? PartitionPolicy.Fence;
        if (wanted == draft.Policy)
            return;
        draft.Policy = wanted;
        foreach (var pet in draft.Pets.Values.ToList())
        {
            if (wanted == PartitionPolicy.Keep && pet.IsBound())
                draft.Put(pet with { Kept = true, KeptUntil = null });
            else if (wanted == PartitionPolicy.Fence && pet.Kept == true)
                draft.Put(pet with { KeptUntil = draft.Revision });
        }
    }
}

/// <summary>A pet whose cluster cannot be heard is Unknown; once the cluster can be heard again, it is as it was, until the cluster says something else.</summary>
internal static class PetHearing
{
    public static void Follow(PetDraft draft)
    {
        foreach (var pet in draft.Pets.Values.Where(pet => pet.IsBound()).ToList())
        {
            if (draft.IsReady(pet.Cluster))
            {
                if (pet is { Phase: PetPhase.Unknown, Heard: { } heard })
                    draft.Put(draft.InPhase(pet, heard, reason: null, message: null));
                continue;
            }

            var message = draft.Cluster(pet.Cluster) is null ? $"{pet.Cluster} does not exist any more" : $"{pet.Cluster} cannot be heard";
            if (draft.Leftovers.Find(leftover => leftover.Ordinal == pet.Ordinal && leftover.After is null) is { } kept)
                message += $". It was not ready there yet, and {kept.Cluster} keeps what it left: `fed move pet {pet.Name} --to {kept.Cluster} --back -n {draft.Set.Metadata.Namespace}` goes back to that";
            if (pet.Phase != PetPhase.Unknown)
                draft.Put(draft.InPhase(pet, PetPhase.Unknown, "ClusterAway", message) with { Heard = pet.Phase });
        }
    }
}

/// <summary>Bounds what is remembered of pets that are not wanted. What is forgotten leaves its epoch behind as the floor of all that come.</summary>
internal static class PetMemories
{
    private const int Most = 1000;

    public static void Bound(PetDraft draft)
    {
        while (draft.Retired.Count > Most)
        {
            var (ordinal, memory) = draft.Retired.Last();
            draft.Retired.Remove(ordinal);
            draft.EpochFloor = Math.Max(draft.EpochFloor, memory.Epoch);
        }
    }
}
