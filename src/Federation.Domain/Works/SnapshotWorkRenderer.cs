using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Snapshots;

namespace Federation.Domain.Works;

/// <summary>Derives which copies of pets' volumes one cluster is asked to take, to store and to delete.</summary>
internal static class SnapshotWorkRenderer
{
    public static WorkSnapshots SnapshotsOf(PetSnapshot snapshot, string cluster) => new()
    {
        // What was taken is there until it is stored elsewhere: the machine goes on naming it.
        Take = [.. snapshot.Status.Items.Where(item => item.Phase is PetSnapshotPhase.Taking or PetSnapshotPhase.Storing && item.TakenIn == cluster).Select(item => TakeOf(snapshot, item))],
        Hold = [.. snapshot.Status.Items.Where(item => item.Phase is PetSnapshotPhase.Storing or PetSnapshotPhase.Complete && item.Cluster == cluster).Select(item => HoldOf(snapshot, item))],
        Discard = [.. snapshot.Status.Discards.Where(discard => discard.Cluster == cluster).Select(discard => new WorkSnapshotDiscard { Id = discard.Id, Part = discard.Part, Node = discard.Node ?? "" })],
    };

    public static bool AreTheSame(WorkSnapshots? left, WorkSnapshots? right) => ApiJson.AreWrittenAlike(left, right);

    private static WorkSnapshotTake TakeOf(PetSnapshot snapshot, PetSnapshotItem item) => new()
    {
        Id = item.Id,
        SetUid = item.SetUid ?? "",
        Set = snapshot.Spec.PetSet,
        Ordinal = item.Ordinal,
        Epoch = item.Epoch,
        Node = item.TakenOn ?? "",
        Claims = [.. item.Claims.Select(claim => claim.Name)],
        Consistency = item.Consistency,
        PauseSeconds = item.PauseSeconds ?? 0,
    };

    private static WorkSnapshotHold HoldOf(PetSnapshot snapshot, PetSnapshotItem item) => new()
    {
        Id = item.Id,
        Set = snapshot.Spec.PetSet,
        Ordinal = item.Ordinal,
        Epoch = item.Epoch,
        TakenAt = item.TakenAt ?? default,
        Claims = [.. item.Claims.Select(claim => new WorkSnapshotClaim { Name = claim.Name, Bytes = claim.Bytes, Digest = claim.Digest ?? "" })],
        FromCluster = item.Phase == PetSnapshotPhase.Storing ? item.TakenIn ?? "" : "",
        FromNode = item.Phase == PetSnapshotPhase.Storing ? item.TakenOn ?? "" : "",
        Node = item.Node ?? "",
    };
}
