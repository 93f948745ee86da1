using Federation.Api.Agents;
using Federation.Api.Pets;

namespace Federation.Gateway.Agents;

/// <summary>Whether a cluster may read a volume of another one: while a person's word says that this pet moves to it, and nobody runs it.</summary>
internal static class VolumeGrant
{
    /// <returns>The cluster that has the volume, and what to ask of it; null: no such move goes on.</returns>
    public static (string Source, StreamRequest Request)? Of(PetSet? set, string cluster, VolumeQuery query)
    {
        var pet = set?.Status.Pets.FirstOrDefault(pet => pet.Ordinal == query.Ordinal);
        if (set is null || pet is not { Phase: PetPhase.Moving, Cluster: { } source, Release.FreedAt: not null } || pet.Epoch != query.Epoch || source == cluster)
            return null;
        var isAsked = set.Status.Words.Any(word => word.Kind == PetWordKind.Move && word.Ordinal == pet.Ordinal && word.Epoch == pet.Epoch && word.To == cluster);
        if (!isAsked || set.Spec.VolumeClaims.All(claim => claim.Name != query.Claim))
            return null;
        return (source, new StreamRequest
        {
            Kind = StreamKind.Volume,
            Namespace = set.Metadata.Namespace ?? "",
            Pod = set.NameOf(pet.Ordinal),
            Volume = new VolumeRequest { WorkUid = query.WorkUid, Ordinal = query.Ordinal, Claim = query.Claim, Node = pet.Node ?? "", Skip = query.Skip },
        });
    }
}
