using Federation.Api.Apps;
using Federation.Domain.Scheduling;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>No cluster is given more than it has.</summary>
internal sealed class CapacityCheck(World world, Action<string, string> fail)
{
    /// <summary>Every pod asks for half a core.</summary>
    public const int PodsPerNode = SimNode.Cores * 2;

    /// <summary>Shares that grew fit into what the cluster has when all its machines are well.</summary>
    public void Committed(App? before, App after, IEnumerable<App> all)
    {
        foreach (var share in after.Shares.Where(share => share.Replicas > (before?.Shares.FirstOrDefault(old => old.Cluster == share.Cluster)?.Replicas ?? 0)))
        {
            var taken = all.Sum(app => CpuOf(app) * (app.Shares.FirstOrDefault(other => other.Cluster == share.Cluster)?.Replicas ?? 0));
            var capacity = world.Clusters.First(cluster => cluster.Name == share.Cluster).Nodes.Count * SimNode.Cores * 1000L;
            if (taken > capacity)
                fail("Capacity", $"{after.Key} grew to {share.Replicas} in {share.Cluster}, where {taken}m of {capacity}m are now given away");
        }
    }

    /// <summary>For how many more pods there is room, all machines being well, at least: what stays on machines that take nothing new is taken for what the others run.</summary>
    public static int Room(World world) => world.Clusters.Where(cluster => !cluster.IsCordoned).Sum(cluster =>
        (cluster.Nodes.Count(node => !node.IsDrained) * PodsPerNode) - world.Checks.Apps.Values.Sum(app => app.Shares.FirstOrDefault(share => share.Cluster == cluster.Name)?.Replicas ?? 0));

    private static long CpuOf(App app) => ResourceAmounts.OfPod(app.Template).CpuMilli;
}
