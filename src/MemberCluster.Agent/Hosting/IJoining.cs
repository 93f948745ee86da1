namespace MemberCluster.Agent.Hosting;

/// <summary>Gets an agent its credential.</summary>
internal interface IJoining
{
    /// <summary>An earlier start has joined already.</summary>
    bool HasJoined { get; }

    /// <exception cref="AgentStartException">There is no credential and no token, or the token is not accepted.</exception>
    Task JoinAsync(string version, CancellationToken cancellationToken);
}

/// <summary>Of a node whose cluster agent is in the same process: nobody has to be let in.</summary>
/// <param name="cluster">How the cluster joins.</param>
internal sealed class LocalJoining(IJoining cluster) : IJoining
{
    public bool HasJoined => cluster.HasJoined;

    public Task JoinAsync(string version, CancellationToken cancellationToken) => Task.CompletedTask;
}
