using Federation.Api.Meta;

namespace Federation.Api.Credentials;

/// <summary>Who may call the gateway. Internal: kept in the store, never served by the API. Only a hash of the secret is kept.</summary>
public sealed record Credential : Resource
{
    public const string KindName = "Credential";

    public override string ApiVersion => "federation/internal";
    public override string Kind => KindName;
    public CredentialSpec Spec { get; init; } = new();
}

public sealed record CredentialSpec
{
    public CredentialRole Role { get; init; }

    /// <summary>Lower-case hex SHA-256 of the bearer token.</summary>
    public string TokenHash { get; init; } = "";

    /// <summary>The user's or agent's name in logs.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The one cluster that an agent's credential is good for; for a join token, the only name it may register (absent: any).</summary>
    public string? Cluster { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
}

public enum CredentialRole
{
    /// <summary>Everything the API has.</summary>
    Admin,

    /// <summary>One cluster's agent endpoints, nothing else.</summary>
    Agent,

    /// <summary>Registers one cluster, once.</summary>
    Join,
}
