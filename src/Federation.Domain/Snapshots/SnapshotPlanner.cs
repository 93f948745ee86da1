using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Snapshots;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Snapshots;

/// <summary>Plans a PetSnapshot: which copies there are to be, how far each is, and which clusters have something to do for them (ADR 11).</summary>
/// <remarks>Pure and total: equal inputs give an equal plan, and every input gives one.</remarks>
public static class SnapshotPlanner
{
    /// <param name="snapshot">As stored, with its revision in <c>metadata.resourceVersion</c> and the reports folded into its status.</param>
    public static PlacementPlan<PetSnapshotStatus> Plan(PetSnapshot snapshot, SnapshotsObserved observed)
    {
        snapshot = (PetSnapshot)Kinds.PetSnapshot.Default(PlacedShares.Sorted(snapshot));
        var clusters = observed.Placement.SortedClusters();
        if (snapshot.IsDeleting)
        {
            var deletion = DeletionPlan.Of(snapshot, clusters, observed.Now);
            var left = snapshot.Status with { Clusters = deletion.Shares };
            return deletion.ToPlan(snapshot.Status, left, SnapshotReports.AreEqual(snapshot.Status, left));
        }

        var draft = new SnapshotDraft(snapshot, observed.Now, clusters);
        var set = observed.Set is { IsDeleting: false } ? observed.Set : null;
        SnapshotRuns.Begin(draft, set);
        SnapshotSteps.Advance(draft, set);
        SnapshotKeeping.Follow(draft, observed.Restoring);
        var next = StatusOf(draft);
        var isEmpty = SnapshotReports.AreEqual(snapshot.Status, next);
        return new PlacementPlan<PetSnapshotStatus>([], isEmpty ? snapshot.Status : next, draft.DueAt, isEmpty, IsConverged: isEmpty && (snapshot with { Status = next }).IsSettled);
    }

    private static PetSnapshotStatus StatusOf(SnapshotDraft draft)
    {
        var snapshot = draft.Snapshot;
        var generation = snapshot.Metadata.Generation;
        var stored = draft.Items.Where(item => item.Phase == PetSnapshotPhase.Complete).ToList();
        return snapshot.Status with
        {
            ObservedGeneration = generation,
            Items = draft.Items,
            Discards = draft.Discards,
            Complete = stored.Count,
            Bytes = stored.Sum(item => item.Bytes),
            LastScheduleTime = draft.LastScheduleTime,
            LastCompleteTime = draft.LastCompleteTime,
            Clusters = [.. SharesOf(draft)],
            Conditions = SnapshotConditions.Of(draft).Aggregate(snapshot.Status.Conditions, (list, condition) => list.With(condition with { ObservedGeneration = generation }, draft.Now)),
        };
    }

    /// <summary>A cluster has a share for as long as anything of a copy is there, or is to come or go; then it is told that all is gone, until it confirms.</summary>
    private static IEnumerable<ClusterShare> SharesOf(SnapshotDraft draft)
    {
        var shares = draft.Snapshot.Shares.ToDictionary(share => share.Cluster);
        var needed = draft.Items.SelectMany(ClustersOf).Concat(draft.Discards.Select(discard => discard.Cluster)).ToHashSet();
        foreach (var cluster in draft.Clusters)
        {
            var share = shares.GetValueOrDefault(cluster.Name);
            if (needed.Contains(cluster.Name))
                yield return SharePlanner.Activate(share, cluster, 0, draft.Now);
            else if (share is not null)
                yield return SharePlanner.Withdraw(share, draft.Revision, draft.Now);
        }
    }

    private static IEnumerable<string> ClustersOf(PetSnapshotItem item) => item.Phase switch
    {
        PetSnapshotPhase.Taking => [item.TakenIn!],
        PetSnapshotPhase.Storing => [item.TakenIn!, item.Cluster!],
        PetSnapshotPhase.Complete => [item.Cluster!],
        _ => [],
    };
}
