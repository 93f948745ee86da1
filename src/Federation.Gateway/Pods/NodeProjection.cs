using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Gateway.Pods;

/// <summary>How a reported machine is shown.</summary>
internal static class NodeProjection
{
    public const string StatusUnknown = "NodeStatusUnknown";

    /// <summary>The machine with what people want of it, with where it is (which its agent does not get to say), and with Ready unknown while its cluster is away.</summary>
    /// <param name="cluster">The cluster that reported it; null: not known yet.</param>
    public static Node Show(Node node, string clusterName, Cluster? cluster)
    {
        node = NodeWishes.Merge(node, NodeWishes.Find(cluster?.Spec.Nodes ?? [], clusterName, node.Metadata.Name));
        var labels = new Dictionary<string, string>(node.Metadata.Labels) { [PodLabels.Cluster] = clusterName };
        if (cluster is not null)
        {
            labels[PodLabels.Region] = labels[NodeLabels.Region] = cluster.Spec.Region;
            if (cluster.Spec.Zone is { } zone)
                labels[NodeLabels.Zone] = zone;
        }

        return node with
        {
            Metadata = node.Metadata with { Labels = labels, CreationTimestamp = node.Metadata.CreationTimestamp ?? cluster?.Metadata.CreationTimestamp },
            Spec = node.Spec with
            {
                Unschedulable = node.Spec.Unschedulable == true || cluster?.Spec.Unschedulable == true ? true : null,
                Taints = [.. cluster?.Spec.Taints ?? [], .. node.Spec.Taints],
            },
            Status = cluster is not null && PodProjection.IsAway(cluster) ? Unknown(node.Status, cluster) : node.Status,
        };
    }

    /// <summary>Whether nodes look the same under both.</summary>
    public static bool ShowsAlike(Cluster left, Cluster right) =>
        left.Spec.Region == right.Spec.Region && left.Spec.Zone == right.Spec.Zone && left.Spec.Unschedulable == right.Spec.Unschedulable
        && left.Spec.Taints.SequenceEqual(right.Spec.Taints) && ReadyOf(left) == ReadyOf(right) && WantsAlike(left.Spec.Nodes, right.Spec.Nodes);

    /// <remarks>Compared as they are written: the records hold lists.</remarks>
    private static bool WantsAlike(IReadOnlyList<NodeSettings> left, IReadOnlyList<NodeSettings> right) => ApiJson.AreWrittenAlike(left, right);

    private static NodeStatus Unknown(NodeStatus status, Cluster cluster) => status with
    {
        Conditions =
        [
            .. status.Conditions.Select(condition => condition.Type != NodeConditions.Ready ? condition : condition with
            {
                Status = ReadyOf(cluster)?.Status == ConditionStatus.False ? ConditionStatus.False : ConditionStatus.Unknown,
                Reason = StatusUnknown,
                Message = $"The cluster {cluster.Metadata.Name} is not ready; this is the node's last known state.",
                LastTransitionTime = ReadyOf(cluster)?.LastTransitionTime,
            }),
        ],
    };

    private static Condition? ReadyOf(Cluster cluster) => cluster.Status.Conditions.Find(ClusterConditions.Ready);
}
