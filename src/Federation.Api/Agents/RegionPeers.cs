namespace Federation.Api.Agents;

/// <summary>Whom a cluster may measure its distance to: one or a few addresses in each other region.</summary>
public sealed record RegionPeers
{
    public IReadOnlyList<RegionPeer> Peers { get; init; } = [];
}

/// <summary>An address in another region.</summary>
public sealed record RegionPeer
{
    public string Region { get; init; } = "";
    public string Cluster { get; init; } = "";

    /// <summary>Where that cluster's clients go.</summary>
    public string Address { get; init; } = "";

    /// <summary>A TCP port that clients use there; where none is known, one that a host without a firewall refuses at once.</summary>
    public int Port { get; init; }
}

/// <summary>How far a region is.</summary>
public sealed record RegionLatency
{
    /// <summary>The other region's name.</summary>
    public string Region { get; init; } = "";

    /// <summary>The round-trip time to its nearest address that answers, in milliseconds, smoothed.</summary>
    public double Milliseconds { get; init; }
}
