namespace Federation.Api.Agents;

/// <summary>The order to stop one pod, which its work then replaces. It names the pod's uid: it can never stop another one of the same name.</summary>
public sealed record PodEviction
{
    /// <summary>The pod's namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>The pod's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The pod's own uid, not its work's.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Between the stop signal and the kill; 0: killed at once.</summary>
    public long GracePeriodSeconds { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset RequestedAt { get; init; }
}
