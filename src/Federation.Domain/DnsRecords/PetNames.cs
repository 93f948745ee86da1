using System.Collections.Immutable;
using Federation.Api.Clusters;
using Federation.Api.Pets;

namespace Federation.Domain.DnsRecords;

/// <summary>The names of single pets, and the services that lead to all of them.</summary>
/// <remarks>
/// A pet has the addresses of its cluster while it runs there, ready or not: its peers need it before it is ready. One that leaves its cluster has none.
/// A cluster that cannot be heard says nothing new: what ran there last is still named.
/// </remarks>
internal static class PetNames
{
    public static ImmutableArray<PlannedName> NamesOf(PetSet set, string host, IReadOnlyDictionary<string, Cluster> clusters) =>
    [
        .. set.Status.Pets
            .Where(pet => DnsLabel.IsValid(set.NameOf(pet.Ordinal)))
            .Select(pet => new PlannedName($"{set.NameOf(pet.Ordinal)}.{host}", null, AddressesOf(pet, clusters), [])),
    ];

    public static ImmutableArray<PlannedPetService> ServicesOf(PetSet set, string host, ImmutableArray<PlannedName> pets) =>
    [
        .. set.Spec.Expose.Where(expose => expose.PerPet == true && DnsLabel.IsValid(expose.Name)).Select(expose => new PlannedPetService(
            expose.Name!,
            expose.Protocol == "UDP",
            [
                .. set.Status.Pets
                    .Select(pet => (Host: $"{set.NameOf(pet.Ordinal)}.{host}", Port: expose.Port + pet.Ordinal - set.FirstOrdinal))
                    .Where(target => target.Port is > 0 and <= ushort.MaxValue && pets.Any(pet => pet.Host == target.Host && !pet.Addresses.IsEmpty)),
            ])),
    ];

    private static ImmutableArray<PlannedAddress> AddressesOf(PetStatus pet, IReadOnlyDictionary<string, Cluster> clusters)
    {
        if (pet is not { Cluster: { } name, Release: null } || (pet.Heard ?? pet.Phase) is not (PetPhase.Running or PetPhase.Ready) || !clusters.TryGetValue(name, out var cluster))
            return [];
        return [.. DnsCandidate.UsableAddresses(cluster.EffectiveAddresses()).Select(address => new PlannedAddress(address, 1, [name]))];
    }
}
