namespace Federation.Api.Agents;

/// <summary>What the pods of one cluster use, as measured through the container engine.</summary>
public sealed record ClusterUsage
{
    /// <summary>When it was measured.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Over how long the load was measured.</summary>
    public double WindowSeconds { get; init; }

    /// <summary>In a full report all of them; else those whose usage is not as it was reported before.</summary>
    public IReadOnlyList<PodUsage> Pods { get; init; } = [];
}

public sealed record PodUsage
{
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public IReadOnlyList<ContainerUsage> Containers { get; init; } = [];
}

public sealed record ContainerUsage
{
    public string Name { get; init; } = "";

    /// <summary>Thousandths of a core.</summary>
    public long CpuMilli { get; init; }

    /// <summary>Bytes that cannot be reclaimed at once.</summary>
    public long MemoryBytes { get; init; }
}
