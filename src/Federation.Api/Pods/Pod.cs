using Federation.Api.Apps;
using Federation.Api.Merging;
using Federation.Api.Meta;

namespace Federation.Api.Pods;

/// <summary>Kubernetes' v1 Pod, read-only: agents report their pods, gateways show them all. Not in the store.</summary>
public sealed record Pod : Resource
{
    public const string KindName = "Pod";

    public override string ApiVersion => "v1";
    public override string Kind => KindName;

    /// <summary>What the pod was asked to run.</summary>
    public PodSpec Spec { get; init; } = new();

    /// <summary>How it is.</summary>
    public PodStatus Status { get; init; } = new();
}

/// <summary>How a pod is, as its cluster's agent last reported.</summary>
public sealed record PodStatus
{
    /// <summary><c>Pending</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c> or <c>Unknown</c> (its cluster is away).</summary>
    public string Phase { get; init; } = "Pending";

    /// <summary>Why it is not as it should be, such as <c>NodeLost</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The reason, in a sentence.</summary>
    public string? Message { get; init; }

    /// <summary>The pod's own address, known within its cluster.</summary>
    public string? PodIP { get; init; }

    /// <summary>The cluster's advertised address.</summary>
    public string? HostIP { get; init; }

    /// <summary>When the agent took the pod on.</summary>
    public DateTimeOffset? StartTime { get; init; }

    [ListMap("type")]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>One entry for each container that runs before the others, in the order in which they run.</summary>
    [ListMap("name")]
    public IReadOnlyList<ContainerStatus> InitContainerStatuses { get; init; } = [];

    /// <summary>One entry for each container.</summary>
    [ListMap("name")]
    public IReadOnlyList<ContainerStatus> ContainerStatuses { get; init; } = [];
}

public static class PodConditions
{
    public const string Ready = "Ready";

    /// <summary>Every container that runs before the others has ended well.</summary>
    public const string Initialized = "Initialized";

    /// <summary>Every container is ready.</summary>
    public const string ContainersReady = "ContainersReady";
}

/// <summary>How one container of a pod is.</summary>
public sealed record ContainerStatus
{
    /// <summary>The container's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>True: its readiness probe passes; one that runs before the others: it has ended well.</summary>
    public bool Ready { get; init; }

    /// <summary>True: it runs, and its startup probe has passed.</summary>
    public bool? Started { get; init; }

    /// <summary>How often it was restarted.</summary>
    public int RestartCount { get; init; }

    /// <summary>The image as the template names it.</summary>
    public string Image { get; init; } = "";

    /// <summary>The image as the engine knows it.</summary>
    public string ImageID { get; init; } = "";

    /// <summary><c>docker://&lt;id&gt;</c></summary>
    public string? ContainerID { get; init; }

    /// <summary>How it is now.</summary>
    public ContainerState State { get; init; } = new();

    /// <summary>How its previous run ended.</summary>
    public ContainerState LastState { get; init; } = new();
}

/// <summary>At most one of the three is set.</summary>
public sealed record ContainerState
{
    /// <summary>Set while the container is not started yet.</summary>
    public ContainerStateWaiting? Waiting { get; init; }

    /// <summary>Set while the container runs.</summary>
    public ContainerStateRunning? Running { get; init; }

    /// <summary>Set once the container has ended.</summary>
    public ContainerStateTerminated? Terminated { get; init; }
}

/// <summary>A container that is not started yet.</summary>
public sealed record ContainerStateWaiting
{
    /// <summary>Why, such as <c>ImagePullFailed</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>More about it, in a sentence.</summary>
    public string? Message { get; init; }
}

/// <summary>A container that runs.</summary>
public sealed record ContainerStateRunning
{
    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>A container that has ended.</summary>
public sealed record ContainerStateTerminated
{
    /// <summary>The exit code of its process.</summary>
    public int ExitCode { get; init; }

    /// <summary>Why it ended, such as <c>Completed</c>, <c>Error</c> or <c>OOMKilled</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>More about it, in the engine's words.</summary>
    public string? Message { get; init; }

    /// <summary>When it was started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary><c>docker://&lt;id&gt;</c></summary>
    public string? ContainerID { get; init; }
}
