using Federation.Api;
using Federation.Api.Apps;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Storage;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>Nothing is deleted without a tombstone: an agent ends containers of a work only as far as some decision in the store asks for fewer of them there.</summary>
/// <remarks>
/// The floor of a work in a cluster is the smallest share it has had there since everything was last quiet. A decision that the cluster is lost (Away) asks nobody to
/// stop anything. While nothing else ended containers of the work, as many as the floor run on, whatever the agents know or have forgotten.
/// </remarks>
internal sealed class ShareCheck(World world, Action<string, string> fail)
{
    /// <summary>So long after a container ended by itself agents may be busy with what it left.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(60);

    private readonly Dictionary<(string Uid, string Cluster), int> _floors = [];
    private readonly Dictionary<(string Uid, string Cluster), TimeSpan> _losses = [];
    private readonly HashSet<string> _stopping = [];

    public void Committed(Change change, App app)
    {
        var uid = app.Metadata.Uid ?? "";
        foreach (var cluster in world.Clusters)
        {
            var share = app.Shares.FirstOrDefault(share => share.Cluster == cluster.Name);
            var isKnown = _floors.TryGetValue((uid, cluster.Name), out var floor);
            if (change.Type == ChangeType.Delete || app.IsDeleting)
                _floors[(uid, cluster.Name)] = 0;
            else if (share is { Phase: SharePhase.Active })
                _floors[(uid, cluster.Name)] = isKnown ? Math.Min(floor, share.Replicas) : share.Replicas;
            else if (share is { Phase: SharePhase.Withdrawing } || (share is null && isKnown))
                _floors[(uid, cluster.Name)] = 0;
        }
    }

    /// <summary>Everything runs as it should: what came before is over.</summary>
    public void Quiet(IEnumerable<App> apps)
    {
        _floors.Clear();
        _losses.Clear();
        foreach (var app in apps.Where(app => !app.IsDeleting))
        {
            foreach (var share in app.Shares.Where(share => share.Phase == SharePhase.Active))
                _floors[(app.Metadata.Uid ?? "", share.Cluster)] = share.Replicas;
        }
    }

    /// <summary>A container ended that no agent ended.</summary>
    public void Lost(SimCluster cluster, Container container) => _losses[(UidOf(container), cluster.Name)] = world.Time.Now;

    public void Stopping(SimCluster cluster, Container container)
    {
        var uid = UidOf(container);
        if (!_stopping.Add(container.Id) || !_floors.TryGetValue((uid, cluster.Name), out var floor) || floor == 0)
            return;
        if (_losses.TryGetValue((uid, cluster.Name), out var lost) && world.Time.Now - lost < Aftermath)
            return;
        var left = cluster.Nodes.SelectMany(node => node.Engine.Snapshot()).Count(other =>
            other.State == ContainerState.Running && UidOf(other) == uid && !_stopping.Contains(other.Id));
        // A rollout replaces each machine's pods while others of the work may not have come up yet.
        var isOutdated = world.Checks.Apps.GetValueOrDefault(uid)?.Spec.Template.Spec.Containers[0].Image != container.Image;
        if (left < (isOutdated ? 1 : floor))
            fail("NothingDeleted", $"{container.Name} is ended in {cluster.Name}, {left} of its work are left there, and no decision asked for fewer than {floor}");
    }

    private static string UidOf(Container container) => container.Labels.GetValueOrDefault(PodLabels.Uid) ?? "";
}
