namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>How to reach an engine, and how long to wait for it.</summary>
public sealed record DockerOptions
{
    /// <value>Default: the usual unix socket. <see cref="DockerEndpoint.FromEnvironment"/> follows DOCKER_HOST.</value>
    public DockerEndpoint Endpoint { get; init; } = new DockerEndpoint.Unix(DockerEndpoint.DefaultSocket);

    /// <summary>For one request with one answer. Generous, because an engine that starts many containers at once is slow but works.</summary>
    /// <value>Default: 2 minutes.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <value>Default: 5 seconds.</value>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest silence while an image is pulled, imported or loaded.</summary>
    /// <value>Default: 5 minutes.</value>
    public TimeSpan TransferIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
