using Federation.Api;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;
using MemberCluster.Agent.Services;

namespace MemberCluster.Agent.Hosting;

/// <summary>Removes everything one cluster has on an engine: containers, then its network, and what leads to them. For clusters that are given up; an agent never does this.</summary>
internal static class Purge
{
    private const int AtOnce = 8;

    /// <returns>0, or 1 when the engine refused; the reason was printed.</returns>
    public static async Task<int> RunAsync(AgentOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using var runtime = new DockerRuntime(new DockerOptions { Endpoint = EngineAddress.Of(options) }, TimeProvider.System);
            await RemoveAsync(runtime, options.Cluster, cancellationToken);
            return await ServicePlanes.RemoveAsync(options.Cluster, cancellationToken) is { } problem
                ? AgentHost.Complain($"The cluster's rules in the kernel could not be removed: {problem}")
                : 0;
        }
        catch (RuntimeException exception)
        {
            return AgentHost.Complain(exception.Message);
        }
    }

    internal static async Task RemoveAsync(IContainerRuntime runtime, string cluster, CancellationToken cancellationToken)
    {
        var containers = await runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Cluster}={cluster}"), cancellationToken);
        await Parallel.ForEachAsync(
            containers,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (container, token) => await runtime.Containers.RemoveAsync(container.Id, force: true, token));
        await runtime.Networks.RemoveAsync(EngineNames.NetworkOf(cluster), cancellationToken);
    }
}
