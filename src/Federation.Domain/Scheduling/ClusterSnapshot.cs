using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;

namespace Federation.Domain.Scheduling;

/// <summary>One cluster as a planner sees it. Immutable; made once for each version of the Cluster and shared by all plans.</summary>
public sealed record ClusterSnapshot : Place
{
    /// <summary>The first taint that keeps new pods away, as <c>key=value:NoSchedule</c>; null: there is none.</summary>
    public string? BlockingTaint { get; init; }

    public required ConditionStatus Ready { get; init; }

    /// <summary>Replicas of the planned app that the cluster holds capacity for; null: as many as its Active share says.</summary>
    public int? Reserved { get; init; }

    /// <summary>Its Ready machines that have a directory for snapshots.</summary>
    public int SnapshotNodes { get; init; }

    public override bool IsReady => Ready == ConditionStatus.True;

    /// <param name="allocatedToOthers">What the shares of other apps take here; see <see cref="AllocatedToOthers"/>.</param>
    public static ClusterSnapshot From(Cluster cluster, ResourceAmounts allocatedToOthers, int? reserved = null)
    {
        var ready = cluster.Status.Conditions.Find(ClusterConditions.Ready);
        var isReady = ready?.Status == ConditionStatus.True;
        var taint = cluster.Spec.Taints.FirstOrDefault(taint => taint.Effect == "NoSchedule");
        return new ClusterSnapshot
        {
            Name = cluster.Metadata.Name,
            Region = cluster.Spec.Region,
            Zone = cluster.Spec.Zone,
            Labels = cluster.Metadata.Labels,
            // A cluster that is being deleted takes nothing new, like one that was cordoned.
            Unschedulable = cluster.Spec.Unschedulable || cluster.IsDeleting,
            BlockingTaint = taint is null ? null : $"{taint.Key}{(string.IsNullOrEmpty(taint.Value) ? "" : $"={taint.Value}")}:{taint.Effect}",
            Ready = ready?.Status ?? ConditionStatus.Unknown,
            NotReadySince = isReady ? null : ready?.LastTransitionTime ?? cluster.Metadata.CreationTimestamp,
            Free = ResourceAmounts.OfCapacity(cluster.Status.Capacity).Less(allocatedToOthers),
            Reserved = reserved,
            SnapshotNodes = cluster.Status.SnapshotNodes,
        };
    }

    /// <summary>A cluster's <c>status.allocated</c> without what the app's own Active share takes.</summary>
    /// <remarks>A moment old it may be wrong by one change of the share; the reservation at the cluster is what decides.</remarks>
    public static ResourceAmounts AllocatedToOthers(Cluster cluster, App app)
    {
        var share = app.Status.Clusters.FirstOrDefault(share => share.Cluster == cluster.Metadata.Name && share.Phase == SharePhase.Active);
        var own = ResourceAmounts.OfPod(app.Spec.Template) * (share?.Replicas ?? 0);
        return ResourceAmounts.OfAllocation(cluster.Status.Allocated).Less(own);
    }
}
