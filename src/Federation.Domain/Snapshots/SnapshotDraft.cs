using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Snapshots;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Snapshots;

/// <summary>The status while it is being planned, or while a report is folded in. Lives for the length of that.</summary>
internal sealed class SnapshotDraft
{
    private readonly Dictionary<string, ClusterSnapshot> _byName;

    public SnapshotDraft(PetSnapshot snapshot, DateTimeOffset now, ImmutableArray<ClusterSnapshot> clusters)
    {
        (Snapshot, Now, Clusters) = (snapshot, now, clusters);
        _byName = clusters.ToDictionary(cluster => cluster.Name);
        Revision = snapshot.Revision() ?? 0;
        Items = [.. snapshot.Status.Items];
        Discards = [.. snapshot.Status.Discards];
        LastScheduleTime = snapshot.Status.LastScheduleTime;
        LastCompleteTime = snapshot.Status.LastCompleteTime;
    }

    public PetSnapshot Snapshot { get; }

    public DateTimeOffset Now { get; }

    /// <summary>Sorted by name.</summary>
    public ImmutableArray<ClusterSnapshot> Clusters { get; }

    /// <summary>The revision that is planned from.</summary>
    public long Revision { get; }

    public List<PetSnapshotItem> Items { get; }

    public List<PetSnapshotDiscard> Discards { get; }

    public DateTimeOffset? LastScheduleTime { get; set; }

    public DateTimeOffset? LastCompleteTime { get; set; }

    public DateTimeOffset? DueAt { get; private set; }

    /// <summary>The copies that were last to be taken.</summary>
    public IEnumerable<PetSnapshotItem> LastRun => LastScheduleTime is null ? [] : Items.Where(item => item.PlannedAt == LastScheduleTime);

    public ClusterSnapshot? Cluster(string? name) => name is null ? null : _byName.GetValueOrDefault(name);

    public bool IsReady(string? cluster) => Cluster(cluster)?.IsReady == true;

    /// <summary>Time alone may change the plan then.</summary>
    public void Look(DateTimeOffset? at)
    {
        if (at is { } time && (DueAt is null || time < DueAt))
            DueAt = time > Now ? time : Now;
    }

    public void Put(PetSnapshotItem item) => Items[Items.FindIndex(known => known.Id == item.Id)] = item;

    /// <summary>There is no such copy (any more): what clusters may have of it goes.</summary>
    public void Fail(PetSnapshotItem item, string reason, string message)
    {
        DiscardAll(item);
        Put(item with { Phase = PetSnapshotPhase.Failed, Reason = reason, Message = message });
    }

    /// <summary>It is kept no longer.</summary>
    public void Drop(PetSnapshotItem item)
    {
        DiscardAll(item);
        Items.RemoveAll(known => known.Id == item.Id);
    }

    public void DiscardTaken(PetSnapshotItem item) => Discard(item, WorkSnapshotPart.Taken, item.TakenIn!, item.TakenOn);

    private void DiscardAll(PetSnapshotItem item)
    {
        if (item.Phase is PetSnapshotPhase.Taking or PetSnapshotPhase.Storing)
            DiscardTaken(item);
        if (item.Phase is PetSnapshotPhase.Storing or PetSnapshotPhase.Complete)
            Discard(item, WorkSnapshotPart.Stored, item.Cluster!, item.Node);
    }

    private void Discard(PetSnapshotItem item, WorkSnapshotPart part, string cluster, string? node) =>
        Discards.Add(new PetSnapshotDiscard { Id = item.Id, Part = part, Cluster = cluster, Node = node, After = Revision, Since = Now });
}
