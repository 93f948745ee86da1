using Federation.Api;
using Federation.Api.Meta;
using Federation.Api.Nodes;

namespace Federation.Gateway.Tables;

internal sealed class NodeColumns : ITableColumns
{
    public string Kind => Node.KindName;

    public IReadOnlyList<TableColumn> Columns { get; } =
    [
        CommonColumns.Name,
        new("Status", "Whether it takes work.", static (resource, _) => Status((Node)resource)),
        new("Roles", "What it is for.", static (resource, _) => Roles(resource)),
        CommonColumns.Age,
        new("Version", "The agent's version.", static (resource, _) => CommonColumns.OrNone(((Node)resource).Status.NodeInfo.KubeletVersion)),
        new("Region", "Where it is.", static (resource, _) => Label(resource, PodLabels.Region)),
        new("Cluster", "Which cluster it belongs to.", static (resource, _) => Label(resource, PodLabels.Cluster)),
        new("Internal-IP", "Its address within the cluster.", static (resource, _) => Address((Node)resource, "InternalIP")) { IsWide = true },
        new("External-IP", "Its address for clients.", static (resource, _) => Address((Node)resource, "ExternalIP")) { IsWide = true },
        new("OS-Image", "Its operating system.", static (resource, _) => OrUnknown(((Node)resource).Status.NodeInfo.OsImage)) { IsWide = true },
        new("Kernel-Version", "Its kernel.", static (resource, _) => OrUnknown(((Node)resource).Status.NodeInfo.KernelVersion)) { IsWide = true },
        new("Container-Runtime", "Its container engine.", static (resource, _) => OrUnknown(((Node)resource).Status.NodeInfo.ContainerRuntimeVersion)) { IsWide = true },
        new("CPU", "Its cores.", static (resource, _) => Capacity((Node)resource, "cpu")) { IsWide = true },
        new("Memory", "Its memory.", static (resource, _) => Capacity((Node)resource, "memory")) { IsWide = true },
    ];

    private static string Status(Node node)
    {
        var ready = node.Status.Conditions.Find(NodeConditions.Ready)?.Status switch
        {
            ConditionStatus.True => "Ready",
            ConditionStatus.False => "NotReady",
            _ => "Unknown",
        };
        return node.Spec.Unschedulable == true ? $"{ready},SchedulingDisabled" : ready;
    }

    private static string Roles(Resource node) => CommonColumns.Join(
        node.Metadata.Labels.Keys.Where(key => key.StartsWith(NodeLabels.RolePrefix, StringComparison.Ordinal)).Select(key => key[NodeLabels.RolePrefix.Length..]).Order(StringComparer.Ordinal));

    private static string Label(Resource resource, string name) => CommonColumns.OrNone(resource.Metadata.Labels.GetValueOrDefault(name));

    private static string Address(Node node, string type) => CommonColumns.OrNone(node.Status.Addresses.FirstOrDefault(address => address.Type == type)?.Address);

    private static string Capacity(Node node, string resource) => node.Status.Capacity.TryGetValue(resource, out var amount) ? amount.ToString() : CommonColumns.None;

    private static string OrUnknown(string text) => text.Length == 0 ? "<unknown>" : text;
}
