using Federation.Api.Apps;
using Federation.Api.Meta;

namespace Federation.Api.Pods;

/// <summary>Kubernetes' v1 Pod, read-only: agents report their pods, gateways show them all. Not in the store.</summary>
public sealed record Pod : Resource
{
    public const string KindName = "Pod";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;
    public PodSpec Spec { get; init; } = new();
    public PodStatus Status { get; init; } = new();
}

public sealed record PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c> (its cluster is away).</summary>
    public string Phase { get; init; } = "Pending";
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public string? PodIP { get; init; }

    /// <summary>The cluster's advertised address.</summary>
    public string? HostIP { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init; } = [];
}

public static class PodConditions
{
    public const string Ready = "Ready";
}

public sealed record ContainerStatus
{
    public string Name { get; init; } = "";
    public bool Ready { get; init; }
    public bool? Started { get; init; }
    public int RestartCount { get; init; }
    public string Image { get; init; } = "";
    public string ImageID { get; init; } = "";

    /// <summary><c>docker://&lt;id&gt;</c></summary>
    public string? ContainerID { get; init; }
    public ContainerState State { get; init; } = new();
    public ContainerState LastState { get; init; } = new();
}

/// <summary>At most one of the three is set.</summary>
public sealed record ContainerState
{
    public ContainerStateWaiting? Waiting { get; init; }
    public ContainerStateRunning? Running { get; init; }
    public ContainerStateTerminated? Terminated { get; init; }
}

public sealed record ContainerStateWaiting
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public sealed record ContainerStateRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record ContainerStateTerminated
{
    public int ExitCode { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? ContainerID { get; init; }
}
