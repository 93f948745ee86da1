using System.Text;
using Federation.Api;
using Federation.Api.Clusters;
using Federation.Api.Json;
using Federation.Grains.Objects;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;

namespace Federation.Simulation.Tests.Faults;

/// <summary>What a person wants of machines and clusters: some are drained, some take nothing new.</summary>
internal sealed class MachineUser(World world, User user)
{
    /// <summary>As <c>fed drain</c>.</summary>
    public Task DrainAsync(SimCluster cluster, SimNode node) => WishAsync(cluster, () => node.IsDrained = true);

    /// <summary>As <c>fed uncordon</c>.</summary>
    public Task UncordonAsync(SimCluster cluster, SimNode node) => WishAsync(cluster, () => node.IsDrained = false);

    /// <summary>As <c>spec.unschedulable</c> of a cluster.</summary>
    public Task CordonAsync(SimCluster cluster, bool isCordoned) => WishAsync(cluster, () => cluster.IsCordoned = isCordoned);

    /// <summary>Says all that is wanted of the cluster, until somebody answers.</summary>
    private async Task WishAsync(SimCluster cluster, Action wish)
    {
        wish();
        while (!await user.InTurnAsync(KeyOf(cluster), () => SayAsync(cluster)))
            await world.Delay(User.Patience);
    }

    private async Task<bool> SayAsync(SimCluster cluster)
    {
        IReadOnlyList<NodeSettings> nodes = [.. cluster.Nodes.Where(node => node.IsDrained).Select(node => new NodeSettings { Name = node.Name, Drain = true })];
        var patch = $"{{\"spec\":{{\"unschedulable\":{(cluster.IsCordoned ? "true" : "false")},\"nodes\":{Encoding.UTF8.GetString(ApiJson.ToUtf8(nodes))}}}}}";
        var key = KeyOf(cluster);
        var command = new WriteCommand { Verb = WriteVerb.Patch, Body = Encoding.UTF8.GetBytes(patch) };
        return await user.CallAsync($"{command.Verb} {key}", silo => silo.Grains.GetObjectGrain(key).WriteAsync(command, CancellationToken.None)) is { Failure: null };
    }

    private static ObjectKey KeyOf(SimCluster cluster) => ObjectKey.ClusterScoped(Cluster.KindName, cluster.Name);
}
