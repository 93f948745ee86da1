using Federation.Api.Apps;

namespace MemberCluster.Agent.Data;

/// <summary>What a pod can be told about itself.</summary>
internal sealed record PodFacts
{
    public required string Name { get; init; }
    public required string Namespace { get; init; }
    public required string Uid { get; init; }
    public required string Cluster { get; init; }
    public required string Region { get; init; }

    /// <summary>Empty: the cluster has none.</summary>
    public string Zone { get; init; } = "";

    public string Node { get; init; } = "";

    /// <summary>Empty until the container that owns the pod's network runs.</summary>
    public string PodIP { get; init; } = "";

    public string HostIP { get; init; } = "";

    /// <summary>Of its labels, annotations and containers.</summary>
    public required PodTemplate Template { get; init; }

    /// <summary>What the machine has, for containers without a limit.</summary>
    public MachineSize Machine { get; init; } = new(0, 0);
}

/// <param name="MilliCores">Thousandths of a core.</param>
/// <param name="MemoryBytes">Bytes.</param>
internal sealed record MachineSize(long MilliCores, long MemoryBytes);
