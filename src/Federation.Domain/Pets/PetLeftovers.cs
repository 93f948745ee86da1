using Federation.Api.Pets;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Pets;

/// <summary>Volumes that pets left behind: which may go, and which are gone.</summary>
/// <remarks>
/// <code>
/// the volumes                      the pet                         they
/// are kept                         is ready somewhere else         are to be deleted
/// are kept, or to be deleted       any                             go from the list with their cluster
/// are to be deleted                any                             go from the list when their cluster says that they are gone
/// the set is deleted, no pet left: what is kept, or in a lost cluster, stays there and is forgotten
/// </code>
/// </remarks>
internal static class PetLeftovers
{
    public static void Follow(PetDraft draft)
    {
        foreach (var leftover in draft.Leftovers.ToList())
        {
            if (leftover.GoneAt is not null)
                Confirm(draft, leftover);
            else if (draft.Cluster(leftover.Cluster) is null)
                draft.Leftovers.Remove(leftover);
            else if (leftover.After is null && draft.Pets.TryGetValue(leftover.Ordinal, out var pet) && pet.IsBound() && pet.Phase == PetPhase.Ready)
                draft.Leftovers[draft.Leftovers.IndexOf(leftover)] = leftover with { After = draft.Revision };
        }
    }

    /// <param name="isNeeded">True: they are the last resort until the pet is ready where it went. False: they are to be deleted now.</param>
    public static void Add(PetDraft draft, PetStatus pet, string cluster, string? node, bool isNeeded) =>
        draft.Leftovers.Add(new PetLeftover { Ordinal = pet.Ordinal, Cluster = cluster, Node = node, Since = draft.Now, After = isNeeded ? null : draft.Revision });

    /// <summary>What was brought there of a snapshot is to be deleted now, and nothing else.</summary>
    public static void AddCopies(PetDraft draft, PetStatus pet, PetRestore restore) =>
        draft.Leftovers.Add(new PetLeftover { Ordinal = pet.Ordinal, Cluster = restore.To, Node = restore.Node, OnlyCopies = true, Since = draft.Now, After = draft.Revision });

    /// <summary>The pet is gone for good, and its volumes with it, wherever it left any.</summary>
    public static void DeleteAll(PetDraft draft, int ordinal)
    {
        for (var i = 0; i < draft.Leftovers.Count; i++)
        {
            if (draft.Leftovers[i] is { After: null } kept && kept.Ordinal == ordinal)
                draft.Leftovers[i] = kept with { After = draft.Revision };
        }
    }

    /// <summary>A deletion waits for clusters that can be heard, and for no others.</summary>
    public static void EndWithSet(PetDraft draft)
    {
        if (!draft.Set.IsDeleting || draft.Pets.Count > 0)
            return;
        foreach (var leftover in draft.Leftovers.ToList())
        {
            var deadline = Failover.DeadlineOf(draft.Cluster(leftover.Cluster)!, draft.Set.Rules, draft.Now);
            if (leftover.After is not null && (deadline is null || deadline > draft.Now))
            {
                draft.Look(deadline);
                continue;
            }

            draft.Leftovers.Remove(leftover);
            draft.Note("VolumesStay", $"{leftover.Cluster} has volumes that {draft.Set.NameOf(leftover.Ordinal)} left there; they stay.", isWarning: true);
        }
    }

    private static void Confirm(PetDraft draft, PetLeftover leftover)
    {
        draft.Leftovers.Remove(leftover);
        draft.Note("VolumesDeleted", $"{leftover.Cluster} has deleted the volumes that {draft.Set.NameOf(leftover.Ordinal)} left there.");
        var last = draft.Takeovers.FindLastIndex(takeover => takeover is { AskedAt: not null, DiscardedAt: null } && takeover.Ordinal == leftover.Ordinal && takeover.From == leftover.Cluster);
        if (last >= 0)
            draft.Takeovers[last] = draft.Takeovers[last] with { DiscardedAt = leftover.GoneAt };
    }
}
