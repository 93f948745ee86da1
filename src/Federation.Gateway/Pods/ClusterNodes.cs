using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Gateway.Sources;

namespace Federation.Gateway.Pods;

/// <summary>The machines of one cluster. Not safe for concurrent use: <see cref="ClusterPods"/> guards it.</summary>
internal sealed class ClusterNodes(string cluster, ReportedTable table)
{
    private readonly Dictionary<string, Node> _nodes = [];
    private Cluster? _state;

    /// <summary>All of them. One whose name belongs to another cluster's machines is not shown.</summary>
    public void Set(IReadOnlyList<Node> nodes)
    {
        var gone = _nodes.Keys.ToHashSet();
        foreach (var node in nodes.Where(node => NodeNames.IsOf(cluster, node.Metadata.Name)))
        {
            _nodes[node.Metadata.Name] = node;
            gone.Remove(node.Metadata.Name);
        }

        foreach (var name in gone)
            _nodes.Remove(name);
        table.Apply([.. Shown()], [.. gone.Select(name => ObjectKey.ClusterScoped(Node.KindName, name))]);
    }

    /// <summary>As its agent reported it; null: there is no such machine.</summary>
    public Node? Find(string name) => _nodes.GetValueOrDefault(name);

    public void Know(Cluster state)
    {
        var isAlike = _state is not null && NodeProjection.ShowsAlike(_state, state);
        _state = state;
        if (!isAlike)
            table.Apply([.. Shown()], []);
    }

    private IEnumerable<Node> Shown() => _nodes.Values.Select(node => NodeProjection.Show(node, cluster, _state));
}
