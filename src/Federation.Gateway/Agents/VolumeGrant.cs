using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Api.Snapshots;

namespace Federation.Gateway.Agents;

/// <summary>Whether a cluster may read a volume of another one: while a person's word says that this pet moves to it, and nobody runs it; or while a copy of it is on its way there.</summary>
internal static class VolumeGrant
{
    /// <returns>The cluster that has the volume, and what to ask of it; null: no such move goes on.</returns>
    public static (string Source, StreamRequest Request)? Of(PetSet? set, string cluster, VolumeQuery query)
    {
        var pet = set?.Status.Pets.FirstOrDefault(pet => pet.Ordinal == query.Ordinal);
        if (set is not null && pet is { Restore: { CopiedAt: null } restore } && restore.To == cluster && pet.Epoch == query.Epoch)
            return OfStored(set, pet, restore, query);
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

    /// <summary>What was taken for a PetSnapshot, for the cluster that is to store it.</summary>
    /// <returns>The cluster that took it, and what to ask of it; null: the copy is not on its way there.</returns>
    public static (string Source, StreamRequest Request)? Of(PetSnapshot? snapshot, string cluster, SnapshotQuery query)
    {
        var item = snapshot?.Status.Items.FirstOrDefault(item => item.Id == query.Id);
        if (snapshot is null || item is not { Phase: PetSnapshotPhase.Storing, TakenIn: { } source } || item.Cluster != cluster || item.Claims.All(claim => claim.Name != query.Claim))
            return null;
        var request = new VolumeRequest { Ordinal = item.Ordinal, Claim = query.Claim, Node = item.TakenOn ?? "", Skip = query.Skip, Snapshot = new WorkSnapshotItem(query.Uid, query.Id), Part = WorkSnapshotPart.Taken };
        return (source, new StreamRequest { Kind = StreamKind.Volume, Namespace = snapshot.Metadata.Namespace ?? "", Pod = item.Pet, Volume = request });
    }

    /// <summary>A new pet begins with what a PetSnapshot has: the set's spec asks for it.</summary>
    private static (string Source, StreamRequest Request)? OfStored(PetSet set, PetStatus pet, PetRestore restore, VolumeQuery query)
    {
        if (!set.Spec.VolumeClaims.Any(claim => claim.Name == query.Claim && claim.From?.Snapshot == restore.Snapshot))
            return null;
        var item = new WorkSnapshotItem(restore.SnapshotUid, restore.Id);
        var request = new VolumeRequest { Ordinal = pet.Ordinal, Claim = query.Claim, Node = restore.StoredOn ?? "", Skip = query.Skip, Snapshot = item, Part = WorkSnapshotPart.Stored };
        return (restore.Cluster, new StreamRequest { Kind = StreamKind.Volume, Namespace = set.Metadata.Namespace ?? "", Pod = set.NameOf(pet.Ordinal), Volume = request });
    }
}
