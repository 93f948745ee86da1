using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

public enum ContainerState
{
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
}

/// <summary>Selects containers: every label must match; running or not.</summary>
/// <param name="Labels">"key=value", or "key" for any value.</param>
/// <param name="RunningOnly">Default: all states.</param>
public sealed record ContainerFilter(ImmutableArray<string> Labels, bool RunningOnly = false)
{
    public static ContainerFilter All { get; } = new([]);

    public static ContainerFilter ByLabels(params ReadOnlySpan<string> labels) => new([.. labels]);
}

/// <summary>One row of a list.</summary>
public sealed record ContainerSummary
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>As asked for at create.</summary>
    public required string Image { get; init; }

    /// <summary>"sha256:…", the digest of the image's configuration.</summary>
    public required string ImageId { get; init; }

    public required ImmutableDictionary<string, string> Labels { get; init; }

    public required ContainerState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null when it has none of its own (not running, shared or no network).</summary>
    public string? IpAddress { get; init; }
}

/// <summary>Everything known about one container.</summary>
public sealed record Container
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>As asked for at create.</summary>
    public required string Image { get; init; }

    /// <summary>"sha256:…", the digest of the image's configuration.</summary>
    public required string ImageId { get; init; }

    /// <summary>"name@sha256:…" per registry its image was pulled from; empty for images made here, and where the engine does not know the image any more.</summary>
    public ImmutableArray<string> RepoDigests { get; init; } = [];

    public required ImmutableDictionary<string, string> Labels { get; init; }

    public required ContainerState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Latest start; null when never started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Latest end; null when it never ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Of the latest end; null while running and before the first start.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The latest end was the kernel's doing, for lack of memory.</summary>
    public bool OomKilled { get; init; }

    /// <summary>The engine's words on why it could not start; null when there are none.</summary>
    public string? Error { get; init; }

    /// <summary>On the machine; null while not running.</summary>
    public int? Pid { get; init; }

    /// <summary>Null when it has none of its own (not running, shared or no network).</summary>
    public string? IpAddress { get; init; }

    /// <summary>Id of the container whose network this one shares; null when it has its own.</summary>
    public string? SharesNetworkOf { get; init; }

    /// <summary>Of the image's own health check: "starting", "healthy", "unhealthy"; null without one.</summary>
    public string? Health { get; init; }
}

/// <summary>Usage at one moment. CPU load is the difference of two.</summary>
public sealed record ContainerStats
{
    public required DateTimeOffset At { get; init; }

    /// <summary>Processor time since the start.</summary>
    public required TimeSpan CpuTime { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Memory that cannot be reclaimed at once: usage without inactive file cache.</summary>
    public required long MemoryWorkingSetBytes { get; init; }

    /// <summary>The limit in force, the machine's memory when none was asked.</summary>
    public required long MemoryLimitBytes { get; init; }

    public required long NetworkReceivedBytes { get; init; }

    public required long NetworkSentBytes { get; init; }

    public required int Processes { get; init; }
}
