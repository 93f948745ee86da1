namespace MemberCluster.Agent.Runtime.Docker.Wire;

internal sealed record ContainerListItemWire
{
    public string? Id { get; init; }

    public string[]? Names { get; init; }

    public string? Image { get; init; }

    public string? ImageID { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public string? State { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; init; }

    public NetworkSettingsWire? NetworkSettings { get; init; }
}

internal sealed record ContainerWire
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    /// <summary>The image's id.</summary>
    public string? Image { get; init; }

    public DateTimeOffset Created { get; init; }

    public ContainerStateWire? State { get; init; }

    public ContainerConfigWire? Config { get; init; }

    public ContainerHostConfigWire? HostConfig { get; init; }

    public NetworkSettingsWire? NetworkSettings { get; init; }
}

internal sealed record ContainerStateWire
{
    public string? Status { get; init; }

    public bool OOMKilled { get; init; }

    public int Pid { get; init; }

    public int ExitCode { get; init; }

    public string? Error { get; init; }

    public DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset FinishedAt { get; init; }

    public ContainerHealthWire? Health { get; init; }
}

internal sealed record ContainerHealthWire
{
    public string? Status { get; init; }
}

internal sealed record ContainerConfigWire
{
    public string? Image { get; init; }

    public bool Tty { get; init; }

    public Dictionary<string, string>? Labels { get; init; }
}

internal sealed record ContainerHostConfigWire
{
    public string? NetworkMode { get; init; }
}

internal sealed record NetworkSettingsWire
{
    public Dictionary<string, EndpointWire>? Networks { get; init; }
}

internal sealed record EndpointWire
{
    public string? IPAddress { get; init; }

    public string[]? Aliases { get; init; }
}

internal sealed record WaitWire
{
    public int StatusCode { get; init; }

    public WaitErrorWire? Error { get; init; }
}

internal sealed record WaitErrorWire
{
    public string? Message { get; init; }
}
