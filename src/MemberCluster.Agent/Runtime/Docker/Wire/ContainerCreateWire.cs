namespace MemberCluster.Agent.Runtime.Docker.Wire;

internal sealed record ContainerCreateWire
{
    public required string Image { get; init; }

    public string[]? Entrypoint { get; init; }

    public string[]? Cmd { get; init; }

    public required string[] Env { get; init; }

    public required Dictionary<string, string> Labels { get; init; }

    public string? Hostname { get; init; }

    public string? User { get; init; }

    public string? WorkingDir { get; init; }

    public string? StopSignal { get; init; }

    public bool Tty { get; init; }

    public bool OpenStdin { get; init; }

    public required HostConfigWire HostConfig { get; init; }

    public NetworkingConfigWire? NetworkingConfig { get; init; }
}

internal sealed record HostConfigWire
{
    public required string NetworkMode { get; init; }

    public long? Memory { get; init; }

    public long? MemorySwap { get; init; }

    public long? MemoryReservation { get; init; }

    public long? NanoCpus { get; init; }

    public long? CpuShares { get; init; }

    public long? PidsLimit { get; init; }

    public MountWire[]? Mounts { get; init; }

    public bool ReadonlyRootfs { get; init; }

    public bool Privileged { get; init; }

    public string[]? CapAdd { get; init; }

    public string[]? CapDrop { get; init; }

    public string[]? GroupAdd { get; init; }

    public string[]? SecurityOpt { get; init; }

    public Dictionary<string, string>? Sysctls { get; init; }

    public UlimitWire[]? Ulimits { get; init; }

    /// <summary>"name:address".</summary>
    public string[]? ExtraHosts { get; init; }

    public string[]? Dns { get; init; }

    public string[]? DnsSearch { get; init; }

    public bool Init { get; init; }

    public required LogConfigWire LogConfig { get; init; }

    public RestartPolicyWire RestartPolicy { get; init; } = new();
}

internal sealed record UlimitWire
{
    public required string Name { get; init; }

    public long Soft { get; init; }

    public long Hard { get; init; }
}

internal sealed record RestartPolicyWire
{
    public string Name { get; init; } = "no";
}

internal sealed record LogConfigWire
{
    public required string Type { get; init; }

    public required Dictionary<string, string> Config { get; init; }
}

internal sealed record MountWire
{
    public required string Type { get; init; }

    public string? Source { get; init; }

    public required string Target { get; init; }

    public bool ReadOnly { get; init; }

    public TmpfsOptionsWire? TmpfsOptions { get; init; }
}

internal sealed record TmpfsOptionsWire
{
    public long SizeBytes { get; init; }
}

internal sealed record NetworkingConfigWire
{
    public required Dictionary<string, EndpointWire> EndpointsConfig { get; init; }
}
