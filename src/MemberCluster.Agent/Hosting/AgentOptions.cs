using System.Collections.Immutable;
using System.Net;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Services;

namespace MemberCluster.Agent.Hosting;

/// <summary>How an agent is started.</summary>
internal sealed record AgentOptions
{
    /// <summary>The gateway.</summary>
    /// <value>Default: https://127.0.0.1:8443.</value>
    public Uri ControlPlane { get; init; } = new("https://127.0.0.1:8443");

    /// <summary>PEM file with the authority the gateway's certificate comes from.</summary>
    /// <value>Default: none; the machine's own authorities count.</value>
    public string? CaFile { get; init; }

    /// <summary>The name of the cluster; unique in the federation.</summary>
    public required string Cluster { get; init; }

    public required string Region { get; init; }

    /// <value>Default: none.</value>
    public string? Zone { get; init; }

    /// <value>Default: none.</value>
    public string? Provider { get; init; }

    /// <summary>Which parts run in this process.</summary>
    /// <value>Default: both.</value>
    public AgentRoles Roles { get; init; } = AgentRoles.Cluster | AgentRoles.Node;

    /// <summary>The machine's name within its cluster, as <see cref="NodeNames.Clean"/> leaves it.</summary>
    /// <value>Default: the host name.</value>
    public string Node { get; init; } = NodeNames.Clean(Environment.MachineName);

    /// <summary>Of role node alone: where its cluster agent listens.</summary>
    /// <value>Default: none.</value>
    public Uri? ClusterAgent { get; init; }

    /// <summary>Where the cluster agent listens for nodes on other machines.</summary>
    /// <value>Default: none; there are none.</value>
    public IPEndPoint? NodeListen { get; init; }

    /// <summary>A secret that lets any machine join as a node.</summary>
    /// <value>Default: none; a token is made for each.</value>
    public string? NodeToken { get; init; }

    /// <inheritdoc cref="ClusterRole.ClusterRoleOptions.NodeLease"/>
    public TimeSpan NodeLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="ClusterRole.ClusterRoleOptions.MoveAfter"/>
    public TimeSpan NodeMoveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Where clients and the other machines reach this machine's exposed ports.</summary>
    public ImmutableArray<IPAddress> Addresses { get; init; } = [];

    /// <summary>What DNS answers for the cluster.</summary>
    /// <value>Default: none; the addresses of the Ready machines count.</value>
    public ImmutableArray<IPAddress> ClusterAddresses { get; init; } = [];

    /// <summary>Labels of the machine, besides those that every machine has.</summary>
    public ImmutableDictionary<string, string> NodeLabels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What keeps pods away from the machine.</summary>
    public ImmutableArray<Taint> Taints { get; init; } = [];

    /// <summary>Where exposed ports are opened.</summary>
    /// <value>Default: <see cref="Addresses"/>. Others are needed behind address translation.</value>
    public ImmutableArray<IPAddress> Listen { get; init; } = [];

    /// <summary>What brings clients of exposed ports to pods.</summary>
    /// <value>Default: the kernel where that is possible, else a proxy in the agent.</value>
    public ServicePlaneKind ServicePlane { get; init; }

    /// <summary>The federation's DNS zone, as containers may write it in names.</summary>
    /// <value>Default: none; containers find names without it.</value>
    public string? ZoneName { get; init; }

    /// <summary>The federation's name servers, for what this machine does not serve itself.</summary>
    /// <value>Default: none; the machine's resolvers are asked.</value>
    public ImmutableArray<IPEndPoint> DnsServers { get; init; } = [];

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The credential and the durable copy of the works.</summary>
    /// <value>Default: /var/lib/federation-agent.</value>
    public string Data { get; init; } = "/var/lib/federation-agent";

    /// <summary>Where secrets are kept; only a directory in memory (tmpfs) is used for them.</summary>
    /// <value>Default: /run/federation-agent, or /dev/shm/federation-agent where only that is in memory.</value>
    public string RuntimeDirectory { get; init; } = MemberCluster.Agent.Data.RuntimeDirectory.Default;

    /// <summary>When unused images that the agent pulled are removed: percent of the engine's disk in use above which, and down to which.</summary>
    /// <value>Default: 85 and 80.</value>
    public Images.ImageGcLimits ImageGc { get; init; } = new(High: 85, Low: 80);

    /// <summary>The container engine.</summary>
    /// <value>Default: unix:///var/run/docker.sock.</value>
    public string Docker { get; init; } = "unix:///var/run/docker.sock";

    /// <summary>What the cluster may run at most.</summary>
    /// <value>Default: the engine's processors and memory, and 110 pods.</value>
    public ImmutableDictionary<string, Quantity> Capacity { get; init; } = ImmutableDictionary<string, Quantity>.Empty;

    /// <summary>Pods may have containers that can do everything on this machine.</summary>
    /// <value>Default: false.</value>
    public bool AllowPrivileged { get; init; }

    /// <summary>Paths of this machine that pods may mount, each with everything below it.</summary>
    /// <value>Default: none.</value>
    public ImmutableArray<string> AllowHostPaths { get; init; } = [];

    /// <summary>Fenced pets may run where no watchdog can end them if the agent cannot.</summary>
    /// <value>Default: false.</value>
    public bool AllowUnguardedPets { get; init; }

    /// <summary>Where snapshots of pets' volumes are stored that come to this machine, from any cluster. Who may read it may read them.</summary>
    /// <value>Default: none; the machine stores none.</value>
    public string? Snapshots { get; init; }

    /// <summary>One-time token for the first start.</summary>
    /// <value>Default: none.</value>
    public string? JoinToken { get; init; }

    public ImmutableArray<IPAddress> ListenAddresses => Listen.IsEmpty ? Addresses : Listen;
}

/// <summary>The parts of an agent.</summary>
[Flags]
internal enum AgentRoles
{
    /// <summary>Follows the control plane and shares the cluster's works out to its nodes.</summary>
    Cluster = 1,

    /// <summary>Runs pods on this machine's engine.</summary>
    Node = 2,
}
