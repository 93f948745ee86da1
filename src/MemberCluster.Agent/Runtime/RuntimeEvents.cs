using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

public enum RuntimeEventKind
{
    Created,
    Started,
    Died,
    OutOfMemory,
    HealthChanged,
    Paused,
    Unpaused,
    Destroyed,
}

/// <summary>Selects events of containers that carry every one of these labels ("key=value" or "key").</summary>
public sealed record EventFilter(ImmutableArray<string> Labels)
{
    public static EventFilter All { get; } = new([]);

    public static EventFilter ByLabels(params ReadOnlySpan<string> labels) => new([.. labels]);
}

/// <summary>Something that happened to a container. A hint to look, never the truth: the truth is what inspect says.</summary>
public sealed record RuntimeEvent
{
    public required RuntimeEventKind Kind { get; init; }

    public required string ContainerId { get; init; }

    public required string ContainerName { get; init; }

    /// <summary>The engine's clock; the resume point for the next subscription.</summary>
    public required DateTimeOffset At { get; init; }

    public required ImmutableDictionary<string, string> Labels { get; init; }

    /// <summary>Of <see cref="RuntimeEventKind.Died"/>.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Of <see cref="RuntimeEventKind.HealthChanged"/>: "healthy" or "unhealthy".</summary>
    public string? Health { get; init; }
}

/// <summary>
/// Events as they come. To be enumerated once. The enumeration completes when the engine ends the stream (it stops, or the
/// connection breaks); the caller subscribes again with the last event's time and lists again.
/// </summary>
public interface IRuntimeEventStream : IAsyncEnumerable<RuntimeEvent>, IAsyncDisposable;
