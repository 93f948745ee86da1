using System.Text.Json.Serialization;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Quantities;

namespace Federation.Api.Clusters;

/// <summary>A member cluster: one region's or zone's machines under one agent, which registered itself.</summary>
public sealed record Cluster : Resource
{
    public const string KindName = "Cluster";

    public override string ApiVersion => "federation/v1";
    public override string Kind => KindName;
    public ClusterSpec Spec { get; init; } = new();
    public ClusterStatus Status { get; init; } = new();
}

public sealed record ClusterSpec
{
    public string Region { get; init; } = "";
    public string? Zone { get; init; }
    public string? Provider { get; init; }

    /// <summary>The IP addresses where the cluster offers its exposed ports; DNS answers with them.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>True: nothing new is placed here; what runs stays.</summary>
    public bool Unschedulable { get; init; }

    /// <summary>How long the cluster counts as Ready after its last heartbeat. Defaulted to 5 s.</summary>
    [JsonConverter(typeof(DurationConverter))]
    public TimeSpan? LeaseDuration { get; init; }
}

public sealed record Taint
{
    public string Key { get; init; } = "";
    public string? Value { get; init; }

    /// <summary>Only <c>NoSchedule</c>.</summary>
    public string Effect { get; init; } = "NoSchedule";
}

public sealed record ClusterStatus
{
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>What the machines have for pods: <c>cpu</c>, <c>memory</c>, <c>pods</c>.</summary>
    public IReadOnlyDictionary<string, Quantity> Capacity { get; init; } = Quantity.EmptyMap;

    /// <summary>The sum of what the placed shares request.</summary>
    public IReadOnlyDictionary<string, Quantity> Allocated { get; init; } = Quantity.EmptyMap;

    public int Nodes { get; init; }
    public string? Architecture { get; init; }
    public string? AgentVersion { get; init; }
    public string? EngineVersion { get; init; }

    /// <summary>Works that this cluster must remove and whose objects are gone from the store; kept until the agent confirms.</summary>
    public IReadOnlyList<PendingTombstone> Tombstones { get; init; } = [];

    /// <summary>Pods that somebody asked to stop and that the agent has not reported as gone.</summary>
    public IReadOnlyList<PodEviction> Evictions { get; init; } = [];

    /// <summary>Works the agent runs that the control plane has never heard of; left running.</summary>
    public IReadOnlyList<string> Orphans { get; init; } = [];
}

public sealed record PendingTombstone
{
    public string Uid { get; init; } = "";
    public string Kind { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public long Revision { get; init; }
}

public static class ClusterConditions
{
    /// <summary>True while the lease holds; Unknown once it ran out; False when the agent said that it leaves or its engine is down.</summary>
    public const string Ready = "Ready";

    /// <summary>True while the container engine refuses work: stopped, disk full.</summary>
    public const string EngineFailing = "EngineFailing";
}
