using Federation.Api.Pets;
using Federation.Simulation.Tests.Regions;
using Federation.Storage;
using MemberCluster.Agent.Pods.Volumes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;

namespace Federation.Simulation.Tests.Invariants;

/// <summary>What pets wrote into their volumes: it is there at each of their starts, also after a move, and goes only where the object lets it go.</summary>
internal sealed class VolumeCheck(Action<string, string> fail)
{
    /// <summary>By volume of a machine: what it held when its pet began to run the last time.</summary>
    private readonly Dictionary<(SimNode Node, string Volume), byte[]> _left = [];

    /// <summary>Of each pet, what its volume held then, wherever that was.</summary>
    private readonly Dictionary<(string Uid, int Ordinal), (SimNode Node, byte[] Contents)> _last = [];

    /// <summary>Pets that came to a cluster with all that they had, and with which epoch.</summary>
    private readonly Dictionary<(string Uid, int Ordinal), long> _arrivals = [];

    /// <summary>Volumes that a cluster was asked to replace or to delete since it had the pet last.</summary>
    private readonly HashSet<string> _mayGo = [];

    private readonly HashSet<(string Uid, int Ordinal)> _discarded = [];

    public void Committed(Change change, PetSet? before, PetSet set)
    {
        if (set.Spec.VolumeClaims.Count == 0 || change.Type == ChangeType.Delete)
            return;
        var uid = set.Metadata.Uid ?? "";
        foreach (var leftover in set.Status.Leftovers.Where(leftover => leftover.After is not null))
            _mayGo.Add(NameOf(set, leftover.Cluster, leftover.Ordinal));
        foreach (var pet in set.Status.Pets)
        {
            if (pet.Move is { After: not null } asked)
                _mayGo.Add(NameOf(set, asked.To, pet.Ordinal));
            if (pet is not { Cluster: { } cluster, Release: null })
                continue;
            _mayGo.Remove(NameOf(set, cluster, pet.Ordinal));
            if (before?.Status.Pets.FirstOrDefault(old => old.Ordinal == pet.Ordinal) is { Move: { } move } old && old.Epoch < pet.Epoch && move.To == cluster && move.Back != true)
                _arrivals[(uid, pet.Ordinal)] = pet.Epoch;
        }
    }

    /// <summary>Its volumes may go wherever they are: the spec says so.</summary>
    public void Discard(string uid, int ordinal) => _discarded.Add((uid, ordinal));

    /// <summary>A pet starts, and writes down that it did.</summary>
    public void Starting(SimNode node, ContainerSpec spec, PetLabels pet)
    {
        if (spec.Mounts.OfType<ContainerMount.Volume>().FirstOrDefault() is not { Name: var volume })
            return;
        var files = node.Engine.Resources.FilesOf(volume);
        var contents = files.ToTar();
        var id = (pet.Uid, pet.Ordinal);
        if (node.Engine.Resources.FindVolume(VolumeMarks.NameOf(volume)) is not null)
            fail("VolumesWhole", $"{spec.Name} starts on {node.Agent}, and {volume} has not come whole");
        if (_left.TryGetValue((node, volume), out var left) && !left.AsSpan().SequenceEqual(contents))
            fail("DataStays", $"{spec.Name} of epoch {pet.Epoch} starts on {node.Agent}, and {volume} is not what it was when it ran there before");
        if (_arrivals.Remove(id, out var epoch) && epoch == pet.Epoch && _last.TryGetValue(id, out var last) && !last.Contents.AsSpan().SequenceEqual(contents))
            fail("DataFollows", $"{spec.Name} of epoch {pet.Epoch} starts on {node.Agent} after a move, and {volume} is not what it was on {last.Node.Agent}");
        PetFiles.Write(files, pet.Epoch, spec.Name);
        contents = files.ToTar();
        _left[(node, volume)] = contents;
        _last[id] = (node, contents);
    }

    /// <summary>An agent has removed the volume of a pet.</summary>
    public void Removed(SimNode node, string volume, string uid, int ordinal)
    {
        if (!_discarded.Contains((uid, ordinal)) && !_mayGo.Contains(volume))
            fail("VolumesStay", $"{volume} of pet {ordinal} of {uid} is removed on {node.Agent}, and nothing said that it may go");
        _left.Remove((node, volume));
    }

    /// <summary>Nothing is left of the machine.</summary>
    public void Burnt(SimNode node)
    {
        foreach (var volume in _left.Keys.Where(volume => volume.Node == node).ToList())
            _left.Remove(volume);
        foreach (var (id, _) in _last.Where(last => last.Value.Node == node).ToList())
            _last.Remove(id);
    }

    private static string NameOf(PetSet set, string cluster, int ordinal) =>
        PodVolumes.NameOf(cluster, set.Metadata.Namespace ?? "", set.Metadata.Name ?? "", set.Spec.VolumeClaims[0].Name, ordinal);
}
