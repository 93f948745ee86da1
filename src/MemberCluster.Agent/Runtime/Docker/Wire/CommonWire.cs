using System.Text.Json.Serialization;

namespace MemberCluster.Agent.Runtime.Docker.Wire;

// Engines leave out what they do not know and write null for what is empty, so every member is nullable.
internal sealed record ErrorWire
{
    [JsonPropertyName("message")]
    public string? Message { get; init; }
}

internal sealed record IdWire
{
    public string? Id { get; init; }
}

internal sealed record InfoWire
{
    public string? ID { get; init; }

    public string? Name { get; init; }

    public string? ServerVersion { get; init; }

    public string? Architecture { get; init; }

    public string? OperatingSystem { get; init; }

    public string? KernelVersion { get; init; }

    public int NCPU { get; init; }

    public long MemTotal { get; init; }

    public string? DockerRootDir { get; init; }
}

internal sealed record EventWire
{
    public string? Action { get; init; }

    public EventActorWire? Actor { get; init; }

    [JsonPropertyName("timeNano")]
    public long TimeNano { get; init; }
}

internal sealed record EventActorWire
{
    public string? ID { get; init; }

    public Dictionary<string, string>? Attributes { get; init; }
}

internal sealed record NetworkWire
{
    public string? Id { get; init; }

    public string? Name { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public DateTimeOffset Created { get; init; }

    public IpamWire? IPAM { get; init; }
}

internal sealed record IpamWire
{
    public IpamPoolWire[]? Config { get; init; }
}

internal sealed record IpamPoolWire
{
    public string? Subnet { get; init; }

    public string? Gateway { get; init; }
}

internal sealed record NetworkCreateWire
{
    public required string Name { get; init; }

    public required string Driver { get; init; }

    /// <summary>Engines before 25 allow two networks of one name unless asked not to.</summary>
    public bool CheckDuplicate { get; init; } = true;

    public required Dictionary<string, string> Labels { get; init; }

    public IpamWire? IPAM { get; init; }
}

internal sealed record VolumeWire
{
    public string? Name { get; init; }

    public string? Mountpoint { get; init; }

    public Dictionary<string, string>? Labels { get; init; }
}

internal sealed record VolumeListWire
{
    public VolumeWire[]? Volumes { get; init; }
}

internal sealed record VolumeCreateWire
{
    public required string Name { get; init; }

    public required Dictionary<string, string> Labels { get; init; }
}
