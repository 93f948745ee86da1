namespace Federation.Api.Agents;

/// <summary><c>POST /agent/v1/join</c>, with the one-time join token as bearer token.</summary>
public sealed record JoinRequest
{
    public string Cluster { get; init; } = "";
    public string Region { get; init; } = "";
    public string? Zone { get; init; }
    public string? Provider { get; init; }
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Set on the Cluster where it has no such label yet: what a person set later stays.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Meta.Maps.Empty;
    public string AgentVersion { get; init; } = "";

    /// <summary>Of a node that joins its cluster agent: its name within the cluster. Absent to the control plane.</summary>
    public string? Node { get; init; }
}

public sealed record JoinAnswer
{
    public string Cluster { get; init; } = "";

    /// <summary>The bearer token for this cluster's agent endpoints, and for nothing else.</summary>
    public string Credential { get; init; } = "";
    public double LeaseSeconds { get; init; }

    /// <summary>To a node that proved to know a preset secret: the proof that the cluster agent knows it too.</summary>
    public string? Proof { get; init; }
}

/// <summary><c>POST /agent/v1/tokens</c> (admins): makes a one-time join token.</summary>
public sealed record JoinTokenRequest
{
    /// <summary>The only cluster name the token may register; absent: any.</summary>
    public string? Cluster { get; init; }

    /// <summary>How long the token can be used. Defaulted to one hour.</summary>
    public double? ValidSeconds { get; init; }
}

public sealed record JoinToken
{
    public string Token { get; init; } = "";
    public DateTimeOffset ExpiresAt { get; init; }
}
