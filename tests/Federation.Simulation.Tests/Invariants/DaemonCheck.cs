using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Daemons;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Storage;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>A Daemon's pods belong to their machines: one on each, and none leaves but with the Daemon or for another template.</summary>
internal sealed class DaemonCheck(World world, Action<string, string> fail)
{
    private readonly Dictionary<string, Daemon> _daemons = [];
    private readonly HashSet<(string Uid, string Image)> _images = [];
    private readonly HashSet<string> _stopping = [];

    /// <summary>As the store has them, by uid.</summary>
    public IReadOnlyDictionary<string, Daemon> All => _daemons;

    public void Committed(Change change, Daemon daemon)
    {
        var uid = daemon.Metadata.Uid ?? "";
        if (change.Type == ChangeType.Delete)
        {
            _daemons.Remove(uid);
            return;
        }

        _daemons[uid] = daemon;
        _images.Add((uid, ImageOf(daemon)));
    }

    /// <summary>An agent is about to end a running container.</summary>
    public void Stopping(SimNode node, Container container)
    {
        if (_daemons.GetValueOrDefault(UidOf(container)) is not { IsDeleting: false } daemon || !_stopping.Add(container.Id))
            return;
        // Whoever is late may just read of an earlier template.
        if (_images.Count(image => image.Uid == daemon.Metadata.Uid) > 1 || RunningOf(node, daemon).Any(other => !_stopping.Contains(other.Id)))
            return;
        fail("NothingDeleted", $"{container.Name} is ended on {node.Agent}, and nothing but {daemon.Key} itself says whether it runs there");
    }

    /// <summary>What is not as it was asked for.</summary>
    public IEnumerable<string> Missing()
    {
        foreach (var daemon in _daemons.Values)
        {
            if (daemon.IsDeleting || daemon.Status.ObservedGeneration != daemon.Metadata.Generation || !daemon.IsSettled)
                yield return $"{daemon.Key} is {(daemon.IsDeleting ? "still being deleted" : "not settled")}: {string.Join("; ", daemon.Shares.Select(share => $"{share.Cluster} {share.Phase} {share.Running} of {share.Replicas} {share.Reason} {share.Message}"))}";
            foreach (var cluster in world.Clusters)
            {
                var isThere = daemon.Shares.Any(share => share.Cluster == cluster.Name && share.Phase == SharePhase.Active);
                if (!isThere && !cluster.IsCordoned)
                    yield return $"{daemon.Key} has no share in {cluster.Name}";
                foreach (var node in cluster.Nodes)
                {
                    var running = RunningOf(node, daemon).ToList();
                    if (running.Count != (isThere ? 1 : 0) || running.Exists(container => container.Image != ImageOf(daemon)))
                        yield return $"{daemon.Key} has {running.Count} pods on {node.Agent}: {string.Join(", ", running.Select(container => container.Image))}";
                }
            }
        }
    }

    private static IEnumerable<Container> RunningOf(SimNode node, Daemon daemon) =>
        node.Engine.Snapshot().Where(container => container.State == ContainerState.Running && UidOf(container) == daemon.Metadata.Uid);

    private static string ImageOf(Daemon daemon) => daemon.Spec.Template.Spec.Containers[0].Image;

    private static string UidOf(Container container) => container.Labels.GetValueOrDefault(PodLabels.Uid) ?? "";
}
