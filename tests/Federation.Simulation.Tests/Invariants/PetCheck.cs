using System.Globalization;
using Federation.Api;
using Federation.Api.Pets;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Regions;
using Federation.Storage;
using MemberCluster.Agent.Runtime;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>
/// What pets rest on, as the engines and the store have it: one live container for each, epochs that only grow and that the object gave, nothing alive that is said
/// not to run, and volumes that stay.
/// </summary>
internal sealed class PetCheck(World world, Action<string, string> fail)
{
    private readonly Dictionary<string, PetSet> _sets = [];
    private readonly HashSet<(string Uid, int Ordinal, long Epoch, string Cluster)> _given = [];
    private readonly Dictionary<(string Uid, int Ordinal), long> _freed = [];
    private readonly Dictionary<(string Uid, int Ordinal), long> _alive = [];
    private readonly Dictionary<(string Uid, int Ordinal), long> _epochs = [];
    private readonly Dictionary<(string Uid, int Ordinal), SimNode> _homes = [];
    /// <summary>Pets that may leave their volumes, and with which epochs they had them.</summary>
    private readonly HashSet<(string Uid, int Ordinal, long Epoch)> _homeless = [];

    public VolumeCheck Volumes { get; } = new(fail);

    /// <summary>Called when a pet may run in a cluster with a new epoch.</summary>
    public Action<ObjectKey, PetStatus>? Given { get; set; }

    /// <summary>The sets as the store has them, by uid.</summary>
    public IReadOnlyDictionary<string, PetSet> Sets => _sets;

    public PetSet? Find(ObjectKey key) => _sets.Values.FirstOrDefault(set => set.Key == key);

    /// <summary>Every running container of a pet, anywhere.</summary>
    public static IEnumerable<(SimNode Node, Container Container, PetLabels Pet)> Alive(World world)
    {
        foreach (var node in world.Clusters.SelectMany(cluster => cluster.Nodes))
        {
            if (node.Engine.RunningCount == 0)
                continue;
            foreach (var container in node.Engine.Snapshot())
            {
                if (container.State == ContainerState.Running && PetLabels.Of(container.Labels) is { } pet)
                    yield return (node, container, pet);
            }
        }
    }

    public void Committed(Change change, PetSet set)
    {
        var uid = set.Metadata.Uid ?? "";
        var before = _sets.GetValueOrDefault(uid);
        if (change.Type == ChangeType.Delete)
        {
            _sets.Remove(uid);
            Gone(before ?? set, "the set is gone", _ => true);
            return;
        }

        _sets[uid] = set;
        Volumes.Committed(change, before, set);
        if (set.Status.Pets.DistinctBy(pet => pet.Ordinal).Count() != set.Status.Pets.Count)
            fail("OrdinalsAreUnique", $"{set.Key} names a pet twice");
        foreach (var pet in set.Status.Pets)
        {
            Committed(uid, set, pet);
            // Somebody sent it where its volumes are, or come to.
            if (before?.Status.Pets.FirstOrDefault(old => old.Ordinal == pet.Ordinal) is { Move: { } move } old && old.Epoch < pet.Epoch && move.To == pet.Cluster)
                _homeless.Add((uid, pet.Ordinal, old.Epoch));
        }

        if (before is not null)
            Gone(before, "it is not in the list any more", pet => set.Status.Pets.All(other => other.Ordinal != pet.Ordinal));
        Discarded(uid, set);
    }

    /// <summary>A container is about to run: every container's start, pet or not.</summary>
    public void Starting(SimCluster cluster, SimNode node, ContainerSpec spec)
    {
        if (PetLabels.Of(spec.Labels) is not { } pet)
            return;
        var id = (pet.Uid, pet.Ordinal);
        foreach (var (other, container, twin) in Alive(world))
        {
            if (twin.IsSamePet(pet) && container.Name != spec.Name)
                fail("AtMostOne", $"{spec.Name} of epoch {pet.Epoch} starts on {node.Agent}, and {container.Name} of epoch {twin.Epoch} runs on {other.Agent}");
        }

        if (_alive.TryGetValue(id, out var highest) && highest > pet.Epoch)
            fail("EpochOrder", $"{spec.Name} of epoch {pet.Epoch} starts on {node.Agent}, and epoch {highest} has run");
        if (_freed.TryGetValue(id, out var freed) && freed >= pet.Epoch)
            fail("FreedStaysFreed", $"{spec.Name} of epoch {pet.Epoch} starts on {node.Agent}, and epoch {freed} was said to run no more");
        if (!_given.Contains((pet.Uid, pet.Ordinal, pet.Epoch, cluster.Name)))
            fail("EpochGiven", $"{spec.Name} starts on {node.Agent} with epoch {pet.Epoch}, which was never given to {cluster.Name}");
        _alive[id] = Math.Max(highest, pet.Epoch);
        if (_sets.GetValueOrDefault(pet.Uid) is { Spec: { VolumeClaims.Count: > 0, Placement.Failover.Volumes: FailoverVolumes.Wait } }
            && _homes.TryGetValue(id, out var home) && home != node && !_homeless.Any(left => IsBefore(left, pet)))
            fail("VolumesFollow", $"{spec.Name} starts on {node.Agent}, and its volumes are on {home.Agent}");
        // One that was asked to leave may start once more where it is, before its cluster has heard of it.
        _homeless.RemoveWhere(left => IsBefore(left, pet));
        _homes[id] = node;
        Volumes.Starting(node, spec, pet);
    }

    /// <summary>An agent has removed the volume of a pet.</summary>
    public void VolumeRemoved(SimNode node, string volume, string uid, int ordinal)
    {
        Volumes.Removed(node, volume, uid, ordinal);
        if (_homes.GetValueOrDefault((uid, ordinal)) == node)
            _homes.Remove((uid, ordinal));
    }

    /// <summary>Nothing is left of the machine.</summary>
    public void Burnt(SimNode node)
    {
        foreach (var (id, _) in _homes.Where(home => home.Value == node).ToList())
            _homes.Remove(id);
        Volumes.Burnt(node);
    }

    private void Committed(string uid, PetSet set, PetStatus pet)
    {
        var id = (uid, pet.Ordinal);
        if (_epochs.TryGetValue(id, out var epoch) && epoch > pet.Epoch)
            fail("EpochOrder", $"{set.NameOf(pet.Ordinal)} goes back from epoch {epoch} to {pet.Epoch}");
        _epochs[id] = pet.Epoch;
        if (pet is { Cluster: { } cluster, Release: null } && _given.Add((uid, pet.Ordinal, pet.Epoch, cluster)))
            Given?.Invoke(set.Key, pet);
        if (set.Status.Words.Any(word => word.Ordinal == pet.Ordinal && word.Kind != PetWordKind.Move))
            _homeless.Add((uid, pet.Ordinal, pet.Epoch));
        if (pet.Release?.FreedAt is not null && pet.Epoch > _freed.GetValueOrDefault(id))
        {
            _freed[id] = pet.Epoch;
            MustBeDead(uid, pet.Ordinal, $"it is said to be free by {pet.Release.FreedBy}");
        }
    }

    private static bool IsBefore((string Uid, int Ordinal, long Epoch) left, PetLabels pet) => (left.Uid, left.Ordinal) == (pet.Uid, pet.Ordinal) && left.Epoch < pet.Epoch;

    private void Gone(PetSet set, string why, Func<PetStatus, bool> isGone)
    {
        foreach (var pet in set.Status.Pets.Where(pet => pet.Epoch > 0 && isGone(pet)))
            MustBeDead(set.Metadata.Uid ?? "", pet.Ordinal, why);
    }

    private void MustBeDead(string uid, int ordinal, string why)
    {
        foreach (var (node, container, pet) in Alive(world))
        {
            if (pet.Uid == uid && pet.Ordinal == ordinal)
                fail("FreedIsDead", $"{container.Name} of epoch {pet.Epoch} runs on {node.Agent}, and {why}");
        }
    }

    private void Discarded(string uid, PetSet set)
    {
        var (deleted, scaled) = (set.Spec.VolumeRetention.WhenDeleted, set.Spec.VolumeRetention.WhenScaled);
        foreach (var ordinal in set.Status.Pets.Select(pet => pet.Ordinal).Concat(set.Status.Retired.Select(memory => memory.Ordinal)))
        {
            if ((set.IsDeleting ? deleted : set.Wants(ordinal) ? RetentionPolicy.Retain : scaled) != RetentionPolicy.Delete)
                continue;
            Volumes.Discard(uid, ordinal);
            _homeless.Add((uid, ordinal, _epochs.GetValueOrDefault((uid, ordinal))));
        }
    }
}

/// <summary>Which pet a container is.</summary>
internal sealed record PetLabels(string Uid, string Namespace, string Name, int Ordinal, long Epoch)
{
    public static PetLabels? Of(IReadOnlyDictionary<string, string> labels) => labels.TryGetValue(PodLabels.Epoch, out var epoch)
        ? new PetLabels(labels[PodLabels.Uid], labels[PodLabels.Namespace], labels[PodLabels.Name], int.Parse(labels[PodLabels.Ordinal], CultureInfo.InvariantCulture), long.Parse(epoch, CultureInfo.InvariantCulture))
        : null;

    /// <summary>A set that was made again under the name of another has the same pets.</summary>
    public bool IsSamePet(PetLabels other) => (Namespace, Name, Ordinal) == (other.Namespace, other.Name, other.Ordinal);
}
