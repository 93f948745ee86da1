using Federation.Api.Clusters;
using Federation.Api.Nodes;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>One node of a cluster as a planner sees it. Immutable.</summary>
public sealed record NodeSnapshot : Place
{
    /// <summary>When it came back after it was lost; null: it never was.</summary>
    public DateTimeOffset? ReadySince { get; init; }

    /// <summary>What runs here is to move to other nodes.</summary>
    public bool Drain { get; init; }

    /// <summary>Its owner gave it a directory for snapshots of pets' volumes.</summary>
    public bool HasSnapshotDirectory { get; init; }

    /// <summary>The machine's own and those that people set.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    public override bool IsReady => NotReadySince is null;

    /// <param name="node">As reported, or as last reported before the node was lost.</param>
    /// <param name="settings">What people want of it; null: nothing.</param>
    /// <param name="takenByOthers">What the shares of other works take here; <see cref="NodeLedger.TakenByOthers"/> has it.</param>
    /// <param name="notReadySince">Null: the node is Ready. A node that is not heard of is not Ready, whatever it reported.</param>
    public static NodeSnapshot From(Node node, NodeSettings? settings, ResourceAmounts takenByOthers, DateTimeOffset? notReadySince, DateTimeOffset? readySince = null)
    {
        var wanted = NodeWishes.Merge(node, settings);
        var labels = wanted.Metadata.Labels;
        // A template asks for an architecture by its label, also of a machine that does not set it itself.
        if (!labels.ContainsKey(NodeLabels.Architecture) && node.Status.NodeInfo.Architecture is { Length: > 0 } architecture)
            labels = new Dictionary<string, string>(labels) { [NodeLabels.Architecture] = architecture };
        return new NodeSnapshot
        {
            Name = node.Metadata.Name,
            Region = labels.GetValueOrDefault(NodeLabels.Zone, ""),
            Labels = labels,
            Taints = wanted.Spec.Taints,
            HasSnapshotDirectory = node.Metadata.Annotations.ContainsKey(NodeAnnotations.Snapshots),
            Unschedulable = wanted.Spec.Unschedulable == true,
            Drain = settings?.Drain == true,
            NotReadySince = notReadySince,
            ReadySince = readySince,
            Free = ResourceAmounts.OfCapacity(node.Status.Allocatable).Less(takenByOthers),
        };
    }
}
