using Federation.Api.Clusters;
using Federation.Api.Nodes;

namespace Federation.Domain.Scheduling.Nodes;

/// <summary>What people want of a machine, laid over what the machine says of itself.</summary>
public static class NodeWishes
{
    /// <summary>The entry of <c>spec.nodes</c> for a machine, by its name with or without its cluster's; null: nobody wants anything of it.</summary>
    public static NodeSettings? Find(IReadOnlyList<NodeSettings> settings, string cluster, string node)
    {
        var host = NodeNames.IsOf(cluster, node) ? node[(cluster.Length + 1)..] : node;
        foreach (var entry in settings)
        {
            if (entry.Name == host)
                return entry;
        }

        return null;
    }

    /// <summary>The machine with the wishes in it: labels overrule, taints come on top, a drained machine is unschedulable.</summary>
    public static Node Merge(Node node, NodeSettings? settings)
    {
        if (settings is null)
            return node;
        var labels = node.Metadata.Labels;
        if (settings.Labels.Count > 0)
        {
            var merged = new Dictionary<string, string>(labels);
            foreach (var (key, value) in settings.Labels)
                merged[key] = value;
            labels = merged;
        }

        return node with
        {
            Metadata = node.Metadata with { Labels = labels },
            Spec = node.Spec with
            {
                Unschedulable = node.Spec.Unschedulable == true || settings.Unschedulable == true || settings.Drain == true ? true : null,
                Taints = [.. node.Spec.Taints.Where(own => !settings.Taints.Any(taint => taint.Key == own.Key && taint.Effect == own.Effect)), .. settings.Taints],
            },
        };
    }
}
