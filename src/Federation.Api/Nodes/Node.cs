using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Nodes;

/// <summary>Kubernetes' v1 Node: a machine of a cluster, as its agent reports it. Writes of labels, taints and unschedulable become a part of the Cluster's <c>spec.nodes</c>; the rest is read-only.</summary>
/// <remarks>Its name is <c>&lt;cluster&gt;.&lt;host&gt;</c>: a cluster's name has no dot, so no two clusters can have a node of the same name.</remarks>
public sealed record Node : Resource
{
    public const string KindName = "Node";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>What the machine is, and whether pods are placed on it.</summary>
    public NodeSpec Spec { get; init; } = new();

    /// <summary>How it is.</summary>
    public NodeStatus Status { get; init; } = new();
}

/// <summary>What a machine is, and whether pods are placed on it.</summary>
public sealed record NodeSpec
{
    /// <summary><c>federation://&lt;cluster&gt;/&lt;host&gt;</c></summary>
    public string? ProviderID { get; init; }

    /// <summary>True: nothing new is placed here.</summary>
    public bool? Unschedulable { get; init; }

    /// <summary>What keeps pods away: the machine's own taints, its cluster's, and those that people set.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];
}

/// <summary>How a machine is, as its agent last reported.</summary>
public sealed record NodeStatus
{
    /// <summary>What the machine has: <c>cpu</c>, <c>memory</c>, <c>pods</c>.</summary>
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init; } = Quantity.EmptyMap;

    /// <summary>What of it pods may use.</summary>
    public IReadOnlyDictionary<string, Quantity> Allocatable { get; init; } = Quantity.EmptyMap;

    /// <summary><c>Ready</c> and what else is known.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>Where the machine is reached.</summary>
    public IReadOnlyList<NodeAddress> Addresses { get; init; } = [];

    /// <summary>The machine's software.</summary>
    public NodeSystemInfo NodeInfo { get; init; } = new();

    /// <summary>Images that the machine has, 50 at most.</summary>
    public IReadOnlyList<NodeImage> Images { get; init; } = [];
}

/// <summary>One image that a machine has.</summary>
public sealed record NodeImage
{
    /// <summary>What it is known by.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>On the machine's disk, in bytes.</summary>
    public long SizeBytes { get; init; }
}

/// <summary>One address of a machine.</summary>
public sealed record NodeAddress
{
    /// <summary><c>InternalIP</c>, <c>ExternalIP</c> or <c>Hostname</c>.</summary>
    public string Type { get; init; } = "";

    /// <summary>The address or the name.</summary>
    public string Address { get; init; } = "";
}

/// <summary>The software of a machine.</summary>
public sealed record NodeSystemInfo
{
    /// <summary>The container engine's identity.</summary>
    public string MachineID { get; init; } = "";

    /// <summary>Always empty.</summary>
    public string SystemUUID { get; init; } = "";

    /// <summary>Always empty.</summary>
    public string BootID { get; init; } = "";

    /// <summary>The version of the operating system's kernel.</summary>
    public string KernelVersion { get; init; } = "";

    /// <summary>The operating system's name.</summary>
    public string OsImage { get; init; } = "";

    /// <summary><c>docker://27.0.1</c></summary>
    public string ContainerRuntimeVersion { get; init; } = "";

    /// <summary>The agent's version.</summary>
    public string KubeletVersion { get; init; } = "";

    /// <summary>Always empty.</summary>
    public string KubeProxyVersion { get; init; } = "";

    /// <summary>Always <c>linux</c>.</summary>
    public string OperatingSystem { get; init; } = "linux";

    /// <summary><c>amd64</c>, <c>arm64</c></summary>
    public string Architecture { get; init; } = "";
}

public static class NodeConditions
{
    /// <summary>True while the machine's container engine does not answer, or not to its agent.</summary>
    public const string EngineDown = "EngineDown";

    /// <summary>True while the disk of the container engine is full, or nearly so.</summary>
    public const string DiskPressure = "DiskPressure";

    /// <summary>True while the machine has hardly any memory left.</summary>
    public const string MemoryPressure = "MemoryPressure";

    /// <summary>True while the machine starts no fenced pets because no watchdog would end them if its agent could not.</summary>
    public const string PetsUnguarded = "PetsUnguarded";

    /// <summary>True while the machine's engine takes work; Unknown while its cluster is away.</summary>
    public const string Ready = "Ready";
}

/// <summary>Labels that every node has.</summary>
public static class NodeLabels
{
    public const string Region = "topology.kubernetes.io/region";
    public const string Zone = "topology.kubernetes.io/zone";
    public const string Hostname = "kubernetes.io/hostname";
    public const string Architecture = "kubernetes.io/arch";
    public const string OperatingSystem = "kubernetes.io/os";

    /// <summary>Before a role's name; the value is empty.</summary>
    public const string RolePrefix = "node-role.kubernetes.io/";
}

public static class NodeAnnotations
{
    /// <summary>What serves exposed ports on the machine: <c>nftables</c> or <c>proxy</c>.</summary>
    public const string ServicePlane = "federation/service-plane";

    /// <summary>Why it is that one.</summary>
    public const string ServicePlaneReason = "federation/service-plane-reason";

    /// <summary>The directory for snapshots of pets' volumes that the machine's owner gave. Absent: there is none, or it cannot be used.</summary>
    public const string Snapshots = "federation/snapshots";
}

public static class NodeNames
{
    /// <summary>A machine's name within its cluster; what cannot stand in a name becomes <c>-</c>.</summary>
    public static string Clean(string host)
    {
        var clean = string.Concat(host.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' ? letter : '-'));
        var name = string.Join('.', clean.Split('.').Select(label => label.Trim('-')).Where(label => label.Length > 0));
        return name.Length == 0 ? "node" : name;
    }

    /// <summary>The name of a cluster's machine in the federation.</summary>
    public static string Of(string cluster, string host)
    {
        var name = $"{cluster}.{Clean(host)}";
        return name.Length <= Validation.Syntax.SubdomainLength ? name : name[..Validation.Syntax.SubdomainLength].TrimEnd('-', '.');
    }

    /// <summary>True: the name is one that only this cluster's machines can have.</summary>
    public static bool IsOf(string cluster, string node) => node.Length > cluster.Length + 1 && node[cluster.Length] == '.' && node.StartsWith(cluster, StringComparison.Ordinal);
}
