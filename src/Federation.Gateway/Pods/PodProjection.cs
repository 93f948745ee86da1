using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Api.Pods;

namespace Federation.Gateway.Pods;

/// <summary>How a reported pod is shown.</summary>
internal static class PodProjection
{
    public const string NodeLost = "NodeLost";

    private const string BelongsToItsNode = "kubernetes.io/config.mirror";

    /// <summary>The pod with where it is (which its agent does not get to say), and as Unknown while its cluster is away.</summary>
    /// <param name="cluster">The cluster that reported it; null: not known yet.</param>
    /// <param name="eviction">Set: it was asked to stop.</param>
    public static Pod Show(Pod pod, string clusterName, Cluster? cluster, PodEviction? eviction)
    {
        var labels = new Dictionary<string, string>(pod.Metadata.Labels) { [PodLabels.Cluster] = clusterName };
        if (cluster is not null)
            labels[PodLabels.Region] = cluster.Spec.Region;
        var shown = pod with { Metadata = pod.Metadata with { Labels = labels, Annotations = AnnotationsOf(pod) } };
        if (eviction is not null)
            shown = Stopping(shown, eviction);
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

    /// <summary>From the moment that the order to stop is durable; its agent may take a while to hear of it.</summary>
    public static Pod Stopping(Pod pod, PodEviction eviction) => pod.IsDeleting && pod.Metadata.DeletionGracePeriodSeconds <= eviction.GracePeriodSeconds
        ? pod
        : pod with
        {
            Metadata = pod.Metadata with
            {
                DeletionTimestamp = eviction.RequestedAt.AddSeconds(eviction.GracePeriodSeconds),
                DeletionGracePeriodSeconds = eviction.GracePeriodSeconds,
            },
        };

    /// <summary>Its lease ran out, or it says itself that it cannot vouch for its pods. One that was just made is neither.</summary>
    public static bool IsAway(Cluster cluster) => cluster.Status.Conditions.Find(ClusterConditions.Ready) is { Status: not ConditionStatus.True };

    /// <summary>
    /// A Daemon's pod belongs to its machine and does not move. <c>kubectl drain</c> leaves such pods alone by this annotation; by the owner it would ask
    /// for a DaemonSet, a kind that is not served.
    /// </summary>
    private static IReadOnlyDictionary<string, string> AnnotationsOf(Pod pod) =>
        pod.Metadata.OwnerReferences.Any(owner => owner is { Controller: true, Kind: Daemon.KindName })
            ? new Dictionary<string, string>(pod.Metadata.Annotations) { [BelongsToItsNode] = pod.Metadata.Uid ?? "" }
            : pod.Metadata.Annotations;

    private static Condition NotKnown(Condition condition) =>
        condition.Type == PodConditions.Ready ? condition with { Status = ConditionStatus.Unknown, Reason = NodeLost } : condition;
}
