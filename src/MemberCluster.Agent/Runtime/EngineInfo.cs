namespace MemberCluster.Agent.Runtime;

/// <summary>A container engine and its machine.</summary>
public sealed record EngineInfo
{
    /// <summary>Stable identity of the engine's data root.</summary>
    public required string Id { get; init; }

    /// <summary>"20.10.24".</summary>
    public required string Version { get; init; }

    /// <summary>API version both sides speak, "1.41".</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The machine's host name.</summary>
    public required string Name { get; init; }

    /// <summary>As container images name it: "amd64", "arm64".</summary>
    public required string Architecture { get; init; }

    public required string OperatingSystem { get; init; }

    /// <summary>"6.1.0-28-amd64"; empty when the engine does not say.</summary>
    public string KernelVersion { get; init; } = "";

    public required int Cpus { get; init; }

    public required long MemoryBytes { get; init; }

    /// <summary>Where images and containers are kept on the machine.</summary>
    public required string DataRoot { get; init; }

    /// <summary>Of the disk that holds <see cref="DataRoot"/>; null when the engine is on another machine.</summary>
    public long? DiskTotalBytes { get; init; }

    /// <summary>Free for the engine; null when the engine is on another machine.</summary>
    public long? DiskFreeBytes { get; init; }
}
