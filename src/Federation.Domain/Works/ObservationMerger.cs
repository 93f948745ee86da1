using Federation.Api.Agents;
using Federation.Api.Apps;

namespace Federation.Domain.Works;

/// <summary>Folds what a cluster says about an app, a daemon or a job into its shares. What follows from it is for the planner to say.</summary>
public static class ObservationMerger
{
    /// <param name="shares">The shares in the object's status.</param>
    /// <param name="cluster">Who says it.</param>
    /// <param name="region">The cluster's region, for a share that was not known.</param>
    /// <param name="report">What it says; about this object's uid.</param>
    /// <param name="now">When a share that was not known is entered.</param>
    /// <returns>The same instance when nothing changed.</returns>
    public static IReadOnlyList<ClusterShare> Merge(IReadOnlyList<ClusterShare> shares, string cluster, string region, WorkStatus report, DateTimeOffset now)
    {
        var share = shares.FirstOrDefault(candidate => candidate.Cluster == cluster);
        if (share is null)
            return report is { Gone: false, Running: > 0 } ? Add(shares, Foreign(cluster, region, report, now)) : shares;
        if (report.Gone)
            return IsWithdrawn(share, report.Revision) ? Remove(shares, share) : Replace(shares, share, WithoutCounts(share));
        return Replace(shares, share, WithCounts(share, report));
    }

    /// <summary>For what runs once on each machine: the cluster says how many machines that comes to, and so what its share is.</summary>
    public static IReadOnlyList<ClusterShare> MergeMachines(IReadOnlyList<ClusterShare> shares, string cluster, WorkStatus report)
    {
        var share = shares.FirstOrDefault(candidate => candidate.Cluster == cluster);
        return share is not { Phase: SharePhase.Active } || report.Gone ? shares : Replace(shares, share, share with { Replicas = report.Desired });
    }

    /// <summary>The cluster sent a full report that does not mention the object: nothing of it exists there.</summary>
    /// <param name="appliedRevision">The revision of the works stream the cluster had carried out by then.</param>
    public static IReadOnlyList<ClusterShare> MergeMissing(IReadOnlyList<ClusterShare> shares, string cluster, long appliedRevision)
    {
        var share = shares.FirstOrDefault(candidate => candidate.Cluster == cluster);
        if (share is null)
            return shares;
        return IsWithdrawn(share, appliedRevision) ? Remove(shares, share) : Replace(shares, share, WithoutCounts(share));
    }

    /// <summary>A confirmation of an earlier withdrawal says nothing about this one: in between, the cluster may have been given a share again.</summary>
    private static bool IsWithdrawn(ClusterShare share, long revision) =>
        share.Phase == SharePhase.Withdrawing && (share.WithdrawnAfter is not { } after || revision > after);

    /// <summary>
    /// The cluster runs the object without a share: the store was restored, or the agent adopted what it found. Entered as Away,
    /// it keeps running until a plan gives it a share or withdraws it.
    /// </summary>
    private static ClusterShare Foreign(string cluster, string region, WorkStatus report, DateTimeOffset now) =>
        WithCounts(new ClusterShare { Cluster = cluster, Region = region, Phase = SharePhase.Away, Since = now }, report);

    private static ClusterShare WithCounts(ClusterShare share, WorkStatus report) => share with
    {
        Running = report.Running,
        Ready = report.Ready,
        Updated = report.Updated,
        TemplateHash = report.TemplateHash.Length == 0 ? null : report.TemplateHash,
        Reason = report.Reason,
        Message = report.Message,
    };

    private static ClusterShare WithoutCounts(ClusterShare share) =>
        share with { Running = 0, Ready = 0, Updated = 0, TemplateHash = null, Reason = null, Message = null };

    private static IReadOnlyList<ClusterShare> Add(IReadOnlyList<ClusterShare> shares, ClusterShare share) =>
        [.. shares.Append(share).OrderBy(candidate => candidate.Cluster, StringComparer.Ordinal)];

    private static IReadOnlyList<ClusterShare> Remove(IReadOnlyList<ClusterShare> shares, ClusterShare share) =>
        [.. shares.Where(candidate => !ReferenceEquals(candidate, share))];

    private static IReadOnlyList<ClusterShare> Replace(IReadOnlyList<ClusterShare> shares, ClusterShare share, ClusterShare next) =>
        share == next ? shares : [.. shares.Select(candidate => ReferenceEquals(candidate, share) ? next : candidate)];
}
