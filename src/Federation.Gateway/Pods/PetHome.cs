using Federation.Api;
using Federation.Api.Pets;
using Federation.Api.Pods;
using Federation.Gateway.Sources;
using Federation.Storage.Cache;

namespace Federation.Gateway.Pods;

/// <summary>Where a pet belongs, as its set says: what an agent says about it is not asked.</summary>
internal static class PetHome
{
    public static string? Of(IObjectCache cache, Pod pod)
    {
        if (pod.Metadata.OwnerReferences.FirstOrDefault(owner => owner is { Controller: true, Kind: PetSet.KindName }) is not { } owner)
            return null;
        var set = cache.Current(new ObjectKey(PetSet.KindName, pod.Metadata.Namespace ?? "", owner.Name)) is { } found ? (PetSet)ObjectView.Of(found).Resource : null;
        return set?.Status.Pets.FirstOrDefault(pet => pet.Release is null && set.NameOf(pet.Ordinal) == pod.Metadata.Name)?.Cluster;
    }
}
