using System.Collections.Immutable;

namespace MemberCluster.Agent.Runtime;

/// <summary>A container to create. Ports are never published: the agent reaches the container on its own address. The engine never restarts it: the agent does.</summary>
public sealed record ContainerSpec
{
    public required string Name { get; init; }

    public required string Image { get; init; }

    /// <summary>Replaces the image's entrypoint (Kubernetes' <c>command</c>); empty keeps the image's.</summary>
    public ImmutableArray<string> Entrypoint { get; init; } = [];

    /// <summary>Replaces the image's arguments (Kubernetes' <c>args</c>); empty keeps the image's, unless <see cref="Entrypoint"/> is given.</summary>
    public ImmutableArray<string> Args { get; init; } = [];

    public ImmutableDictionary<string, string> Env { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ContainerNetwork Network { get; init; } = ContainerNetwork.EngineDefault;

    public ContainerResources Resources { get; init; } = new();

    public ImmutableArray<ContainerMount> Mounts { get; init; } = [];

    /// <summary>Not allowed together with <see cref="ContainerNetwork.SharedWith"/>.</summary>
    public string? Hostname { get; init; }

    /// <summary>"uid", "uid:gid" or a name known in the image; null keeps the image's.</summary>
    public string? User { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>Further groups of the process.</summary>
    public ImmutableArray<long> Groups { get; init; } = [];

    public bool ReadOnlyRootFilesystem { get; init; }

    public bool Privileged { get; init; }

    public ImmutableArray<string> AddCapabilities { get; init; } = [];

    public ImmutableArray<string> DropCapabilities { get; init; } = [];

    /// <summary>No process gains more rights than its parent.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>Kernel settings of the container's own namespaces. Those of the network only for a container that owns one.</summary>
    public ImmutableDictionary<string, string> Sysctls { get; init; } = ImmutableDictionary<string, string>.Empty;

    public ImmutableArray<ContainerUlimit> Ulimits { get; init; } = [];

    /// <summary>Lines of <c>/etc/hosts</c>. Not allowed together with <see cref="ContainerNetwork.SharedWith"/>: the file is shared too.</summary>
    public ImmutableArray<ContainerHostName> HostNames { get; init; } = [];

    public ImmutableArray<string> DnsServers { get; init; } = [];

    public ImmutableArray<string> DnsSearch { get; init; } = [];

    /// <summary>"SIGTERM", "SIGQUIT" …; null keeps the image's.</summary>
    public string? StopSignal { get; init; }

    /// <summary>Runs the engine's init as pid 1, for commands that neither forward signals nor reap children. Default: false.</summary>
    public bool Init { get; init; }

    public bool Tty { get; init; }

    public bool OpenStdin { get; init; }

    public LogRetention Logs { get; init; } = new();
}

/// <summary>One bound of a process; -1 is none.</summary>
public sealed record ContainerUlimit(string Name, long Soft, long Hard);

public sealed record ContainerHostName(string Name, string Address);

/// <summary>Limits; null means none.</summary>
public sealed record ContainerResources
{
    public long? MemoryLimitBytes { get; init; }

    /// <summary>What the container is left with when the machine's memory gets short.</summary>
    public long? MemoryRequestBytes { get; init; }

    /// <summary>Hard limit in thousandths of a core.</summary>
    public long? CpuLimitMillicores { get; init; }

    /// <summary>Weight under contention, from the CPU request in thousandths of a core.</summary>
    public long? CpuRequestMillicores { get; init; }

    public long? PidsLimit { get; init; }

    /// <summary>The kernel's cpu.shares for <see cref="CpuRequestMillicores"/>: 1,024 per core, never below the kernel's minimum of 2.</summary>
    public long? CpuShares => CpuRequestMillicores is { } millicores ? Math.Max(2, millicores * 1024 / 1000) : null;
}

/// <summary>How much output the engine keeps per container.</summary>
public sealed record LogRetention
{
    /// <value>Default: 10 MiB.</value>
    public long MaxFileBytes { get; init; } = 10 * 1024 * 1024;

    /// <value>Default: 3.</value>
    public int MaxFiles { get; init; } = 3;
}

/// <summary>Which network a container joins.</summary>
public abstract record ContainerNetwork
{
    private ContainerNetwork()
    {
    }

    public static ContainerNetwork EngineDefault { get; } = new Default();

    /// <summary>The engine's default bridge.</summary>
    public sealed record Default : ContainerNetwork;

    /// <summary>Loopback only.</summary>
    public sealed record None : ContainerNetwork;

    /// <summary>The machine's own network.</summary>
    public sealed record Host : ContainerNetwork;

    /// <summary>A network made by <see cref="INetworks.EnsureAsync"/>.</summary>
    public sealed record Named(string Name) : ContainerNetwork
    {
        /// <summary>Names other containers of that network can resolve this one by.</summary>
        public ImmutableArray<string> Aliases { get; init; } = [];

        /// <summary>The machine's own address in it; null when the engine does not say.</summary>
        public System.Net.IPAddress? Gateway { get; init; }

        /// <summary>Its addresses; null when the engine does not say.</summary>
        public System.Net.IPNetwork? Subnet { get; init; }
    }

    /// <summary>Shares network stack and hostname of another container, by id or name: containers of one pod.</summary>
    public sealed record SharedWith(string Container) : ContainerNetwork;
}

/// <summary>Something mounted at <see cref="Target"/>, an absolute path in the container.</summary>
public abstract record ContainerMount
{
    private ContainerMount()
    {
    }

    public required string Target { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>A volume of the engine; made at create when it does not exist.</summary>
    public sealed record Volume(string Name) : ContainerMount;

    /// <summary>An existing path of the machine.</summary>
    public sealed record Bind(string Source) : ContainerMount;

    /// <summary>Memory; null is the kernel's default size.</summary>
    public sealed record Tmpfs(long? SizeBytes) : ContainerMount;
}
