using System.Text.Json.Serialization;

namespace MemberCluster.Agent.Runtime.Docker.Wire;

internal sealed record ImageWire
{
    public string? Id { get; init; }

    public string[]? RepoTags { get; init; }

    public string[]? RepoDigests { get; init; }

    public long Size { get; init; }

    /// <summary>Absent in lists.</summary>
    public ImageConfigWire? Config { get; init; }
}

internal sealed record ImageConfigWire
{
    public string? User { get; init; }
}

internal sealed record RegistryAuthWire
{
    [JsonPropertyName("username")]
    public string? Username { get; init; }

    [JsonPropertyName("password")]
    public string? Password { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("serveraddress")]
    public string? ServerAddress { get; init; }
}

/// <summary>One line of a pull, an import or a load.</summary>
internal sealed record ProgressWire
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    [JsonPropertyName("progressDetail")]
    public ProgressDetailWire? Detail { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

internal sealed record ProgressDetailWire
{
    [JsonPropertyName("current")]
    public long? Current { get; init; }

    [JsonPropertyName("total")]
    public long? Total { get; init; }
}
