using System.Collections.Immutable;
using Federation.Api.Agents;

namespace MemberCluster.Agent.Volumes;

/// <summary>A pet of a work.</summary>
internal readonly record struct PetKey(string Uid, int Ordinal);

/// <summary>What a machine is to do with a pet's volumes.</summary>
internal sealed record VolumeOrder
{
    public required PetKey Pet { get; init; }
    public required string Namespace { get; init; }

    /// <summary>The set's name.</summary>
    public required string Set { get; init; }

    public required ImmutableArray<WorkClaim> Claims { get; init; }

    /// <summary>The copy to bring here; null: the volumes are to go.</summary>
    public WorkPetCopy? Copy { get; init; }

    /// <summary>Of volumes that are to go, also to make room: only those that copies brought.</summary>
    public bool OnlyCopies { get; init; }

    /// <summary>The same task, so that one that is under way goes on.</summary>
    public bool IsSameAs(VolumeOrder other) => (Pet, Copy, OnlyCopies) == (other.Pet, other.Copy, other.OnlyCopies);

    public static IEnumerable<VolumeOrder> Of(Work? work)
    {
        if (work?.Pets is not { } pets)
            return [];
        var running = pets.Run.Select(pet => pet.Ordinal).ToHashSet();
        // Nothing is done to what a pet is asked to run on.
        return pets.Copies.Select(copy => (copy.Ordinal, Copy: (WorkPetCopy?)copy))
            .Concat(pets.Discard.Select(ordinal => (Ordinal: ordinal, Copy: (WorkPetCopy?)null)))
            .Where(order => !running.Contains(order.Ordinal))
            .DistinctBy(order => order.Ordinal)
            .Select(order => new VolumeOrder
            {
                Pet = new PetKey(work.Uid, order.Ordinal),
                Namespace = work.Namespace,
                Set = work.Name,
                // A pet that begins from a snapshot gets what is in it; its other volumes begin empty, as any do.
                Claims = [.. pets.Claims.Where(claim => order.Copy?.FromSnapshot is null || claim.FromSnapshot)],
                Copy = order.Copy,
                OnlyCopies = order.Copy is { } copy ? copy.FromSnapshot is not null : pets.DiscardCopies.Contains(order.Ordinal),
            });
    }
}
