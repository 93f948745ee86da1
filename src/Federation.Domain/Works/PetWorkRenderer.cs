using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Pets;
using Federation.Domain.Pets;

namespace Federation.Domain.Works;

/// <summary>What a work says about pets beyond what the set itself says.</summary>
/// <param name="Zone">The federation's zone, such as <c>example.org</c>.</param>
/// <param name="AddressOf">Where a cluster offers its ports; null: nowhere, or there is no such cluster.</param>
public sealed record PetNaming(string Zone, Func<string, string?> AddressOf)
{
    /// <summary>Nobody is asked for addresses.</summary>
    public static PetNaming None { get; } = new("", static _ => null);

    /// <summary>The first of a cluster's addresses: peers need one that stays.</summary>
    public static string? AddressIn(Cluster? cluster) => cluster?.EffectiveAddresses() is [var first, ..] ? first : null;
}

/// <summary>Derives which pets one cluster is asked to run. Only those that are bound to it are named: one that is released is not, from the same write on.</summary>
internal static class PetWorkRenderer
{
    public static WorkPets PetsOf(PetSet set, string cluster, string templateHash, PetNaming naming)
    {
        var own = set.Status.Pets.Where(pet => pet.Cluster == cluster).ToList();
        var run = own.Where(pet => pet.IsBound()).OrderBy(pet => pet.Ordinal).Select(pet => new WorkPet
        {
            Ordinal = pet.Ordinal,
            Epoch = pet.Epoch,
            TemplateHash = pet.TemplateHash ?? templateHash,
            Node = set.HasVolumes() ? pet.Node : null,
        }).ToImmutableArray();
        var earlier = run.Select(pet => pet.TemplateHash).Where(hash => hash != templateHash).ToHashSet();
        ImmutableArray<WorkPetCopy> copies = [.. set.Status.Pets.OrderBy(pet => pet.Ordinal).Select(pet => CopyOf(set, pet, cluster)).OfType<WorkPetCopy>()];
        var onlyCopies = set.Status.Leftovers.Where(leftover => leftover is { After: not null, OnlyCopies: true } && leftover.Cluster == cluster).Select(leftover => leftover.Ordinal);
        var left = set.Status.Leftovers.Where(leftover => leftover.Cluster == cluster && leftover.After is not null).Select(leftover => leftover.Ordinal);
        return new WorkPets
        {
            Run = run,
            Copies = copies,
            IsFenced = set.Status.PartitionPolicy == PartitionPolicy.Fence,
            Earlier =
            [
                .. set.Status.Templates.Where(template => earlier.Contains(template.Hash))
                    .Select(template => new WorkTemplate { Hash = template.Hash, Template = template.Template, Images = template.Images }),
            ],
            Claims = [.. set.Spec.VolumeClaims.Select(claim => new WorkClaim { Name = claim.Name, Bytes = claim.Size?.Value ?? 0, Class = claim.Class ?? "", FromSnapshot = claim.From is not null })],
            Discard =
            [
                .. own.Where(pet => pet.IsLeaving() && PetReleases.IsDiscarded(set, pet)).Select(pet => pet.Ordinal).Union(left)
                    .Where(ordinal => run.All(pet => pet.Ordinal != ordinal) && copies.All(copy => copy.Ordinal != ordinal)).Order(),
            ],
            DiscardCopies = [.. onlyCopies.Order()],
            Peers = [.. set.Status.Pets.Where(pet => set.Wants(pet.Ordinal)).OrderBy(pet => pet.Ordinal).Select(pet => PeerOf(set, pet, naming))],
        };
    }

    private static WorkPetCopy? CopyOf(PetSet set, PetStatus pet, string cluster) =>
        pet.IsCarried() && pet.Move is { After: not null } && pet.Move.To == cluster && set.HasVolumes()
            ? new WorkPetCopy { Ordinal = pet.Ordinal, Epoch = pet.Epoch, FromCluster = pet.Cluster!, FromNode = pet.Node ?? "" }
        : pet.Restore is { } restore && restore.To == cluster
            ? new WorkPetCopy { Ordinal = pet.Ordinal, Epoch = pet.Epoch, FromCluster = restore.Cluster, FromNode = restore.StoredOn ?? "", FromSnapshot = new WorkSnapshotItem(restore.SnapshotUid, restore.Id) }
        : null;

    /// <summary>A port for all ready pets, or one for each pet of the cluster.</summary>
    public static IEnumerable<WorkPort> PortsOf(PetSet set, WorkPets pets, Func<ExposeSpec, WorkPort?> portOf)
    {
        foreach (var expose in set.Spec.Expose)
        {
            if (portOf(expose.ToExpose()) is not { } port)
                continue;
            if (expose.PerPet != true)
            {
                yield return port;
                continue;
            }

            foreach (var pet in pets.Run.Where(pet => set.Wants(pet.Ordinal)))
                yield return port with { Port = PortOf(set, expose, pet.Ordinal), Ordinal = pet.Ordinal };
        }
    }

    public static bool AreTheSame(WorkPets? left, WorkPets? right) =>
        ReferenceEquals(left, right)
        || (left is not null && right is not null
            && left.IsFenced == right.IsFenced
            && left.Run.SequenceEqual(right.Run)
            && left.Earlier.Count == right.Earlier.Count
            && left.Earlier.Zip(right.Earlier).All(pair => pair.First.Hash == pair.Second.Hash && WorkRenderer.AreTheSame(pair.First.Images, pair.Second.Images))
            && left.Claims.SequenceEqual(right.Claims)
            && left.Discard.SequenceEqual(right.Discard)
            && left.DiscardCopies.SequenceEqual(right.DiscardCopies)
            && left.Copies.SequenceEqual(right.Copies)
            && left.Peers.Count == right.Peers.Count
            && left.Peers.Zip(right.Peers).All(pair => AreTheSame(pair.First, pair.Second)));

    private static int PortOf(PetSet set, PetExposeSpec expose, int ordinal) => expose.Port + ordinal - set.FirstOrdinal;

    private static WorkPetPeer PeerOf(PetSet set, PetStatus pet, PetNaming naming)
    {
        var isBound = pet.IsBound();
        var address = isBound ? naming.AddressOf(pet.Cluster!) ?? "" : "";
        return new WorkPetPeer
        {
            Ordinal = pet.Ordinal,
            Name = set.NameOf(pet.Ordinal),
            Region = isBound ? pet.Region ?? "" : "",
            Cluster = isBound ? pet.Cluster! : "",
            Host = $"{set.NameOf(pet.Ordinal)}.{set.Metadata.Name}.{set.Metadata.Namespace}.svc{(naming.Zone.Length == 0 ? "" : $".{naming.Zone}")}",
            Address = address,
            Ports = address.Length == 0
                ? new Dictionary<string, int>()
                : set.Spec.Expose.ToDictionary(expose => expose.Name ?? "", expose => expose.PerPet == true ? PortOf(set, expose, pet.Ordinal) : expose.Port),
        };
    }

    private static bool AreTheSame(WorkPetPeer left, WorkPetPeer right) =>
        (left.Ordinal, left.Name, left.Region, left.Cluster, left.Host, left.Address) == (right.Ordinal, right.Name, right.Region, right.Cluster, right.Host, right.Address)
        && left.Ports.Count == right.Ports.Count && left.Ports.All(port => right.Ports.TryGetValue(port.Key, out var number) && number == port.Value);
}
