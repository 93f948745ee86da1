using System.Text.Json.Serialization;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Merging;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Clusters;

/// <summary>A member cluster: one region's or zone's machines under one agent, which registered itself.</summary>
public sealed record Cluster : Resource
{
    public const string KindName = "Cluster";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;

    /// <summary>What the cluster is, and what people want of it.</summary>
    public ClusterSpec Spec { get; init; } = new();

    /// <summary>What is; set by the control plane.</summary>
    public ClusterStatus Status { get; init; } = new();

    /// <summary>Where clients reach its exposed ports: what the spec says, else where the Ready machines say they are.</summary>
    public IReadOnlyList<string> EffectiveAddresses() => Spec.Addresses.Count > 0 ? Spec.Addresses : Status.Addresses;
}

/// <summary>Where a cluster is and what may be placed on it.</summary>
public sealed record ClusterSpec
{
    /// <summary>The region the cluster is in.</summary>
    public string Region { get; init; } = "";

    /// <summary>The zone within the region.</summary>
    public string? Zone { get; init; }

    /// <summary>Who runs the machines, such as a cloud's name.</summary>
    public string? Provider { get; init; }

    /// <summary>The IP addresses where the cluster offers its exposed ports; DNS answers with them. Empty: with those of the Ready machines that take pods (<c>status.addresses</c>).</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>What keeps apps away.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>True: nothing new is placed here; what runs stays.</summary>
    public bool Unschedulable { get; init; }

    /// <summary>What people want of single machines; one that is not named has no wishes. <c>kubectl cordon</c>, <c>drain</c>, <c>taint node</c> and <c>label node</c> write it.</summary>
    [ListMap("name")]
    public IReadOnlyList<NodeSettings> Nodes { get; init; } = [];

    /// <summary>How long the cluster counts as Ready after its last heartbeat. Defaulted to 5 s.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? LeaseDuration { get; init; }
}

/// <summary>What people want of one machine of a cluster.</summary>
public sealed record NodeSettings
{
    /// <summary>The machine's name within its cluster, without the cluster's.</summary>
    public string Name { get; init; } = "";

    /// <summary>True: nothing new comes to the machine, neither pods nor (by DNS) clients; what runs stays.</summary>
    public bool? Unschedulable { get; init; }

    /// <summary>True: as <c>unschedulable</c>, and what runs on the machine moves to others; each pod stops once its replacement is ready.</summary>
    public bool? Drain { get; init; }

    /// <summary>What keeps pods away, besides the machine's own taints.</summary>
    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Labels besides the machine's own, which they overrule.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Maps.Empty;
}

/// <summary>Keeps apps away from a cluster, or pods from a machine.</summary>
public sealed record Taint
{
    /// <summary>What the taint is about.</summary>
    public string Key { get; init; } = "";

    /// <summary>More about it, for people.</summary>
    public string? Value { get; init; }

    /// <summary>Only <c>NoSchedule</c>.</summary>
    public string Effect { get; init; } = "NoSchedule";
}

/// <summary>What the cluster's agent says and what is placed there.</summary>
public sealed record ClusterStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>What the machines have for pods: <c>cpu</c>, <c>memory</c>, <c>pods</c>.</summary>
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init; } = Quantity.EmptyMap;

    /// <summary>The sum of what the placed shares request.</summary>
    public IReadOnlyDictionary<string, Quantity> Allocated { get; init; } = Quantity.EmptyMap;

    /// <summary>Where the Ready machines offer exposed ports; without those that are cordoned or drained, unless all are.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>The longest time, in seconds, that resolvers may keep an answer that names the cluster; absent: no name leads to it.</summary>
    public int? LongestTtl { get; init; }

    /// <summary>How far other regions are, as the cluster's agent measures it: what DNS policy Latency goes by.</summary>
    public IReadOnlyList<RegionLatency> Latencies { get; init; } = [];

    /// <summary>How many machines the cluster has.</summary>
    public int Nodes { get; init; }

    /// <summary>How many of its Ready machines have a directory for snapshots of pets' volumes.</summary>
    public int SnapshotNodes { get; init; }

    /// <summary>The machines' processor architecture, such as <c>amd64</c>.</summary>
    public string? Architecture { get; init; }

    /// <summary>The version of the cluster's agent.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>The version of the container engine.</summary>
    public string? EngineVersion { get; init; }

    /// <summary>Works that this cluster must remove and whose objects are gone from the store; kept until the agent confirms.</summary>
    public IReadOnlyList<PendingTombstone> Tombstones { get; init; } = [];

    /// <summary>Pods that somebody asked to stop and that the agent has not reported as gone.</summary>
    public IReadOnlyList<PodEviction> Evictions { get; init; } = [];

    /// <summary>Works the agent runs that the control plane has never heard of; left running.</summary>
    public IReadOnlyList<string> Orphans { get; init; } = [];

    /// <summary>Who alone may permit the cluster to run fenced pets.</summary>
    public PermissionGiver? PermissionGiver { get; init; }
}

/// <summary>The part of the control plane that may permit a cluster to run fenced pets, until another one writes its own mark here.</summary>
public sealed record PermissionGiver
{
    /// <summary>Made anew each time a silo takes the cluster over.</summary>
    public string Mark { get; init; } = "";

    /// <summary>The identity of the store that the mark was written to.</summary>
    public string Store { get; init; } = "";
}

/// <summary>One work that the cluster must remove.</summary>
public sealed record PendingTombstone
{
    /// <summary>The uid of the object that is gone.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The object's kind.</summary>
    public string Kind { get; init; } = "";

    /// <summary>The object's namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The object's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The store revision of the removal.</summary>
    public long Revision { get; init; }
}

public static class ClusterConditions
{
    /// <summary>True while the lease holds; Unknown once it ran out; False when the agent said that it leaves or its engine is down.</summary>
    public const string Ready = "Ready";

    /// <summary>True while the container engine refuses work: stopped, disk full.</summary>
    public const string EngineFailing = "EngineFailing";

    /// <summary>True once none of the cluster's fenced pets can run any more, because nobody permitted it for too long. Only clusters that run pets have it.</summary>
    public const string Fenced = "Fenced";
}
