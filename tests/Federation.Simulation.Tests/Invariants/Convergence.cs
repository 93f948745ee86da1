using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Domain.DnsRecords;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>When nothing is wrong any more, everything becomes as it was asked for, within a time that is bounded; and quiet means just that.</summary>
internal static class Convergence
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    public static async Task WaitAsync(World world)
    {
        await world.Delay(Rest);
        var deadline = world.Time.Now + Bound;
        while (true)
        {
            var missing = Missing(world).FirstOrDefault();
            if (missing is null)
                break;
            if (world.Time.Now > deadline)
            {
                world.Checks.Fail("Convergence", missing);
                return;
            }

            await world.Delay(Look);
        }

        world.Trace.Add("quiet");
        world.Checks.Writes.Settled(key => world.Checks.Apps.Values.FirstOrDefault(app => app.Key == key) as Resource ?? (Resource?)world.Checks.Pets.Find(key) ?? world.Checks.Daemons.All.Values.FirstOrDefault(daemon => daemon.Key == key));
    }

    private static IEnumerable<string> Missing(World world, PetSet set)
    {
        if (!set.IsSettled || !set.Conditions.IsTrue(PetSetConditions.Converged))
            yield return $"{set.Key} is {(set.IsDeleting ? "still being deleted" : "not settled")}: {string.Join("; ", set.Status.Pets.Select(pet => $"{pet.Name} {pet.Cluster} e{pet.Epoch} {pet.Phase} {pet.Reason} {pet.Message}"))}; {string.Join("; ", set.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Message}"))}";
        var alive = PetCheck.Alive(world).Where(found => found.Pet.Uid == set.Metadata.Uid).ToList();
        if (alive.Count != set.Wanted)
            yield return $"{set.Key} has {alive.Count} running pets, and {set.Wanted} are wanted";
        foreach (var (node, container, label) in alive)
        {
            var pet = set.Status.Pets.FirstOrDefault(pet => pet.Ordinal == label.Ordinal);
            if (pet is null || pet.Epoch != label.Epoch || !node.Agent.StartsWith($"{pet.Cluster}/", StringComparison.Ordinal))
                yield return $"{container.Name} of epoch {label.Epoch} runs on {node.Agent}, and the object says {pet?.Cluster} with epoch {pet?.Epoch}";
            if (container.Image != set.Spec.Template.Spec.Containers[0].Image)
                yield return $"{container.Name} on {node.Agent} runs {container.Image}";
        }
    }

    /// <summary>What runs on a drained machine has left it as far as others of its cluster have room.</summary>
    private static IEnumerable<string> Undrained(World world, SimCluster cluster)
    {
        var said = world.Checks.Clusters[cluster.Name].Spec;
        var wanted = cluster.Nodes.Where(node => node.IsDrained).Select(node => node.Name).ToList();
        if (said.Unschedulable != cluster.IsCordoned || !said.Nodes.Select(node => node.Name).SequenceEqual(wanted, StringComparer.Ordinal))
            yield return $"cluster {cluster.Name} does not say that {string.Join(", ", wanted)} are to be drained";
        var open = cluster.Nodes.Where(node => !node.IsDrained).ToList();
        var room = open.Sum(node => CapacityCheck.PodsPerNode - node.Engine.Snapshot().Count(container => IsOfApp(world, container)));
        if (room == 0)
            yield break;
        foreach (var node in cluster.Nodes.Where(node => node.IsDrained))
        {
            if (node.Engine.Snapshot().FirstOrDefault(container => IsOfApp(world, container)) is { } left)
                yield return $"{left.Name} runs on {node.Agent}, which is drained, and there is room for {room} on others";
        }
    }

    /// <summary>Runs, and takes of the room that is counted.</summary>
    private static bool IsOfApp(World world, Container container) =>
        container.State == ContainerState.Running && !container.Labels.ContainsKey(PodLabels.Epoch) && !world.Checks.Daemons.All.ContainsKey(UidOf(container));

    private static string UidOf(Container container) => container.Labels.GetValueOrDefault(PodLabels.Uid) ?? "";

    /// <summary>What is not as it was asked for.</summary>
    private static IEnumerable<string> Missing(World world)
    {
        foreach (var cluster in world.Clusters)
        {
            if (world.Checks.Clusters.GetValueOrDefault(cluster.Name)?.Status.Conditions.IsTrue(ClusterConditions.Ready) != true)
                yield return $"cluster {cluster.Name} is not Ready";
        }

        var running = world.Clusters
            .SelectMany(cluster => cluster.Nodes.SelectMany(node => node.Engine.Snapshot()).Select(container => (Cluster: cluster.Name, Container: container)))
            .Where(pair => pair.Container.State == ContainerState.Running)
            .ToLookup(pair => (Uid: pair.Container.Labels.GetValueOrDefault(PodLabels.Uid) ?? "", pair.Cluster), pair => pair.Container);
        foreach (var app in world.Checks.Apps.Values)
        {
            var unplaced = app.Decision?.Unplaced ?? 0;
            if (unplaced > 0 && CapacityCheck.Room(world) is var room and > 0)
                yield return $"{app.Key} has {unplaced} pods without a place, and there is room for {room}";
            if (app.IsDeleting || app.Status.ObservedGeneration != app.Metadata.Generation || app.Shares.Any(share => share.Phase != SharePhase.Active || share.Running != share.Replicas || share.Updated != share.Replicas))
                yield return $"{app.Key} is {(app.IsDeleting ? "still being deleted" : "not settled")}: {string.Join("; ", app.Shares.Select(share => $"{share.Cluster} {share.Phase} {share.Running}/{share.Updated} of {share.Replicas} {share.Reason} {share.Message}"))}; {string.Join("; ", app.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Message}"))}";
            if (app.Status.ReadyReplicas + unplaced != app.Spec.Replicas)
                yield return $"{app.Key} has {app.Status.ReadyReplicas} ready of {app.Spec.Replicas}, and {unplaced} without a place";
            foreach (var cluster in world.Clusters)
            {
                var share = app.Shares.FirstOrDefault(share => share.Cluster == cluster.Name)?.Replicas ?? 0;
                var there = running[(app.Metadata.Uid ?? "", cluster.Name)].ToList();
                if (there.Count != share)
                    yield return $"{app.Key} runs {there.Count} pods in {cluster.Name}, and its share is {share}";
                if (there.Find(container => container.Image != app.Spec.Template.Spec.Containers[0].Image) is { } old)
                    yield return $"{old.Name} in {cluster.Name} runs {old.Image}";
            }

            var named = DnsPlanner.Plan(app, world.Checks.Clusters).Names.Where(name => name.Region is null).SelectMany(name => name.Addresses).Select(address => address.Address.ToString()).Order(StringComparer.Ordinal);
            var serving = world.Clusters.Where(cluster => running[(app.Metadata.Uid ?? "", cluster.Name)].Any()).Select(cluster => cluster.Address.ToString()).Order(StringComparer.Ordinal);
            if (!named.SequenceEqual(serving, StringComparer.Ordinal))
                yield return $"the name of {app.Key} leads to {string.Join(", ", named)} instead of {string.Join(", ", serving)}";
        }

        foreach (var missing in world.Checks.Pets.Sets.Values.SelectMany(set => Missing(world, set)))
            yield return missing;
        foreach (var node in world.Clusters.SelectMany(cluster => cluster.Nodes))
        {
            if (node.Engine.Snapshot().Count(container => IsOfApp(world, container)) is var count and > CapacityCheck.PodsPerNode)
                yield return $"{node.Agent} runs {count} pods, and has room for {CapacityCheck.PodsPerNode}";
        }

        foreach (var missing in world.Checks.Daemons.Missing())
            yield return missing;
        foreach (var missing in world.Clusters.SelectMany(cluster => Undrained(world, cluster)))
            yield return missing;
        foreach (var stray in running.Where(work => !world.Checks.Apps.ContainsKey(work.Key.Uid) && !world.Checks.Pets.Sets.ContainsKey(work.Key.Uid) && !world.Checks.Daemons.All.ContainsKey(work.Key.Uid)))
            yield return $"{stray.Count()} containers of {stray.Key.Uid} run in {stray.Key.Cluster}, and there is no such object";
    }
}
