namespace Federation.Api.Apps;

/// <summary>As whom the containers of a pod run, unless they say it themselves.</summary>
public sealed record PodSecurityContext
{
    /// <summary>The user's number; absent: the image's.</summary>
    public long? RunAsUser { get; init; }

    /// <summary>The group's number; absent: the image's.</summary>
    public long? RunAsGroup { get; init; }

    /// <summary>True: a container that would run as root is not started.</summary>
    public bool? RunAsNonRoot { get; init; }

    /// <summary>Owns the pod's own volumes and is a group of every container.</summary>
    public long? FsGroup { get; init; }

    /// <summary>Further groups of every container.</summary>
    public IReadOnlyList<long> SupplementalGroups { get; init; } = [];

    /// <summary>Kernel settings of the pod's own namespaces.</summary>
    [Merging.ListMap("name")]
    public IReadOnlyList<Sysctl> Sysctls { get; init; } = [];
}

/// <summary>A kernel setting.</summary>
public sealed record Sysctl
{
    /// <summary>Such as <c>net.ipv4.ip_unprivileged_port_start</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its value.</summary>
    public string Value { get; init; } = "";
}

/// <summary>As whom a container runs, and what it may.</summary>
public sealed record SecurityContext
{
    /// <summary>The user's number; absent: the pod's, then the image's.</summary>
    public long? RunAsUser { get; init; }

    /// <summary>The group's number; absent: the pod's, then the image's.</summary>
    public long? RunAsGroup { get; init; }

    /// <summary>True: the container is not started if it would run as root.</summary>
    public bool? RunAsNonRoot { get; init; }

    /// <summary>True: the container may do everything on its machine; only where the cluster's agent allows it.</summary>
    public bool? Privileged { get; init; }

    /// <summary>True: nothing but its volumes can be written.</summary>
    public bool? ReadOnlyRootFilesystem { get; init; }

    /// <summary>False: no process gains more rights than its parent.</summary>
    public bool? AllowPrivilegeEscalation { get; init; }

    /// <summary>What the container may beyond, or less than, the engine's default.</summary>
    public Capabilities? Capabilities { get; init; }

    /// <summary>Bounds of the process, such as open files.</summary>
    [Merging.ListMap("name")]
    public IReadOnlyList<Ulimit> Ulimits { get; init; } = [];
}

/// <summary>Linux capabilities, without <c>CAP_</c>; <c>ALL</c> stands for all.</summary>
public sealed record Capabilities
{
    /// <summary>Given.</summary>
    public IReadOnlyList<string> Add { get; init; } = [];

    /// <summary>Taken away.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];
}

/// <summary>One bound of a process.</summary>
public sealed record Ulimit
{
    /// <summary>Such as <c>nofile</c>, <c>nproc</c> or <c>core</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>The bound in force.</summary>
    public long Soft { get; init; }

    /// <summary>How far the process may raise it. Defaulted to <see cref="Soft"/>.</summary>
    public long? Hard { get; init; }
}
