using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Pods;

namespace Federation.Gateway.Pods;

/// <summary>How a reported pod is shown.</summary>
internal static class PodProjection
{
    public const string NodeLost = "NodeLost";

    /// <summary>The pod with where it is (which its agent does not get to say), and as Unknown while its cluster is away.</summary>
    /// <param name="cluster">The cluster that reported it; null: not known yet.</param>
    public static Pod Show(Pod pod, string clusterName, Cluster? cluster)
    {
        var labels = new Dictionary<string, string>(pod.Metadata.Labels) { [PodLabels.Cluster] = clusterName };
        if (cluster is not null)
            labels[PodLabels.Region] = cluster.Spec.Region;
        var shown = pod with { Metadata = pod.Metadata with { Labels = labels } };
        if (cluster is null || !IsAway(cluster))
            return shown;
        return shown with
        {
            Status = pod.Status with
            {
                Phase = "Unknown",
                Reason = NodeLost,
                Message = $"The cluster {clusterName} is not ready; this is its last known state.",
                Conditions = [.. pod.Status.Conditions.Select(NotKnown)],
            },
        };
    }

    /// <summary>Its lease ran out, or it says itself that it cannot vouch for its pods. One that was just made is neither.</summary>
    public static bool IsAway(Cluster cluster) => cluster.Status.Conditions.Find(ClusterConditions.Ready) is { Status: not ConditionStatus.True };

    public static Pod At(Pod pod, long revision) => pod with { Metadata = pod.Metadata with { ResourceVersion = revision.ToString() } };

    private static Condition NotKnown(Condition condition) =>
        condition.Type == PodConditions.Ready ? condition with { Status = ConditionStatus.Unknown, Reason = NodeLost } : condition;
}
