using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling.Placing;

namespace Federation.Domain.Scheduling;

/// <summary>The app's conditions: each a fact, a constant for programs and a sentence for people.</summary>
internal static class ConditionPlanner
{
    private const int MostNames = 5;

    public static Condition Placed(Placement placement)
    {
        if (placement.Unplaced > 0)
        {
            var reason = placement.Refused.Any(refusal => refusal.Filter == FilterNames.Capacity) || placement.Targets.Length > 0 ? "InsufficientCapacity" : "NoFeasibleCluster";
            var refused = string.Join("; ", placement.Refused.Take(MostNames).Select(refusal => $"{refusal.Count} by {refusal.Filter}: {refusal.Reason}"));
            var why = placement.Refused.Count > 0 ? $"clusters refused: {refused}" : placement.Hints.Count > 0 ? placement.Hints[0] : "every cluster is full";
            return False(AppConditions.Placed, reason, $"{placement.Unplaced} of {placement.Wanted} replicas found no cluster; {why}");
        }

        var places = $"{placement.Wanted} replicas over {Clusters(placement.Targets.Length)}";
        return placement.UnmetSpread.Count > 0
            ? True(AppConditions.Placed, "SpreadNotMet", $"{places}; {string.Join("; ", placement.UnmetSpread)}")
            : True(AppConditions.Placed, "Placed", places);
    }

    /// <summary>As <see cref="Placed"/>, of what runs once on each machine.</summary>
    public static Condition TakesPart(Placement placement)
    {
        if (!placement.Targets.IsEmpty)
            return True(AppConditions.Placed, "Placed", $"{placement.Wanted} machines of {Clusters(placement.Targets.Length)}");
        var why = placement.Hints.Count > 0 ? placement.Hints[0] : "no cluster takes part";
        return False(AppConditions.Placed, "NoFeasibleCluster", why);
    }

    public static Condition Available(int wanted, int ready, IReadOnlyList<ClusterShare> shares, HashSet<string> readyClusters)
    {
        if (ready >= wanted)
            return True(AppConditions.Available, "ReplicasReady", $"{ready} of {wanted} replicas are ready");
        var troubled = shares.FirstOrDefault(share => share is { Phase: SharePhase.Active, Reason: not null } && readyClusters.Contains(share.Cluster));
        return False(AppConditions.Available, "ReplicasNotReady", $"{ready} of {wanted} replicas are ready{(troubled is null ? "" : $"; {Trouble(troubled)}")}");
    }

    /// <remarks>The first of these that holds is named: a cluster's trouble, a cluster that is away, a cluster that serves on until it is not needed, a removal that is not confirmed, pods still to change.</remarks>
    public static Condition Converged(IReadOnlyList<ClusterShare> shares, HashSet<string> readyClusters, string templateHash)
    {
        var behind = shares.Where(share => !IsConverged(share, readyClusters, templateHash)).ToList();
        if (behind.Count == 0)
            return True(AppConditions.Converged, "Converged", "every cluster runs the newest template with the replicas it was given");

        var troubled = behind.Find(share => share.Reason is not null && readyClusters.Contains(share.Cluster));
        if (troubled is not null)
            return False(AppConditions.Converged, troubled.Reason!, Trouble(troubled));
        var away = behind.Where(share => !readyClusters.Contains(share.Cluster)).ToList();
        if (away.Count > 0)
            return False(AppConditions.Converged, "ClusterAway", $"not Ready: {Names(away)}");
        var leaving = behind.Where(share => share.Phase == SharePhase.Leaving).ToList();
        if (leaving.Count > 0)
            return False(AppConditions.Converged, "Leaving", leaving.TrueForAll(share => share.LeavesAt is null)
                ? $"waiting for pods to be ready that take over from {Names(leaving)}"
                : $"waiting for resolvers to forget {Names(leaving)}");
        var withdrawing = behind.Where(share => share.Phase == SharePhase.Withdrawing).ToList();
        return withdrawing.Count > 0
            ? False(AppConditions.Converged, "Withdrawing", $"waiting for the removal from {Names(withdrawing)}")
            : False(AppConditions.Converged, "Progressing", $"waiting for {Names(behind)}");
    }

    public static Condition Deleting(IReadOnlyList<ClusterShare> shares) => False(
        AppConditions.Converged, "Deleting", shares.Count == 0 ? "removed from every cluster" : $"waiting for the removal from {Names(shares)}");

    private static bool IsConverged(ClusterShare share, HashSet<string> readyClusters, string templateHash) =>
        share.Phase == SharePhase.Active
        && readyClusters.Contains(share.Cluster)
        && share.TemplateHash == templateHash
        && share.Running == share.Replicas
        && share.Updated == share.Replicas
        && share.Reason is null;

    private static string Trouble(ClusterShare share) => share.Message is null ? $"{share.Cluster}: {share.Reason}" : $"{share.Cluster}: {share.Reason}: {share.Message}";

    private static string Names(IReadOnlyList<ClusterShare> shares)
    {
        var names = string.Join(", ", shares.Take(MostNames).Select(share => share.Cluster));
        return shares.Count > MostNames ? $"{names} and {shares.Count - MostNames} more" : names;
    }

    private static string Clusters(int count) => count == 1 ? "1 cluster" : $"{count} clusters";

    private static Condition True(string type, string reason, string message) => new() { Type = type, Status = ConditionStatus.True, Reason = reason, Message = message };

    private static Condition False(string type, string reason, string message) => new() { Type = type, Status = ConditionStatus.False, Reason = reason, Message = message };
}
