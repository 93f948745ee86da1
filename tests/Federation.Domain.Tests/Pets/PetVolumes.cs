using Federation.Api.Agents;
using Federation.Api.Pets;
using Federation.Domain.Pets;

namespace Federation.Domain.Tests.Pets;

/// <summary>The volumes of all clusters: whose data is the newest, and what is done to it that must not be.</summary>
internal sealed class PetVolumes
{
    private const long Piece = -1;
    private readonly Dictionary<(string Cluster, int Ordinal), long> _data = [];
    private readonly HashSet<(string Cluster, int Ordinal)> _left = [];
    private readonly Dictionary<int, long> _newest = [];
    private readonly HashSet<(string Cluster, int Ordinal)> _back = [];
    private long _writes;

    /// <summary>What happened to volumes that must not happen, whatever people say.</summary>
    public List<string> Wrongs { get; } = [];

    /// <summary>Pets that began without what they wrote last. Fine only where somebody asked for it.</summary>
    public List<string> Losses { get; } = [];

    /// <summary>Volumes that pets went back to, as <c>cluster ordinal</c>.</summary>
    public List<string> Returned { get; } = [];

    public bool Has(string cluster, int ordinal) => _data.ContainsKey((cluster, ordinal));

    public bool HasNewest(string cluster, int ordinal) => _data.TryGetValue((cluster, ordinal), out var data) && data == _newest.GetValueOrDefault(ordinal);

    public void Leave(PetSet set)
    {
        foreach (var leftover in set.Status.Leftovers)
            _left.Add((leftover.Cluster, leftover.Ordinal));
        // Only while it goes back: what it left is the newest once it is bound there.
        _back.RemoveWhere(back => !set.Status.Pets.Any(pet => pet.Ordinal == back.Ordinal && (pet.Move?.To == back.Cluster || pet.Cluster == back.Cluster)));
        foreach (var pet in set.Status.Pets.Where(pet => pet is { Move.Back: true } && _left.Contains((pet.Move.To, pet.Ordinal))))
            _back.Add((pet.Move!.To, pet.Ordinal));
        foreach (var back in _back.Where(back => set.Status.Pets.Any(pet => pet.Ordinal == back.Ordinal && pet.Cluster == back.Cluster && pet.IsBound())).ToList())
        {
            _back.Remove(back);
            _left.Remove(back);
            _newest[back.Ordinal] = _data[back];
            Returned.Add($"{back.Cluster} {back.Ordinal}");
        }
    }

    public void Start(string cluster, int ordinal, PetWorld world)
    {
        var data = _data.GetValueOrDefault((cluster, ordinal));
        if (data == Piece)
            Wrongs.Add($"{world.Now}: pet {ordinal} starts in {cluster} on a piece of a copy");
        if (Has(cluster, ordinal) && _left.Contains((cluster, ordinal)))
            Wrongs.Add($"{world.Now}: pet {ordinal} starts in {cluster} on volumes that it left there for good");
        if (data != _newest.GetValueOrDefault(ordinal))
            Losses.Add($"{world.Now}: pet {ordinal} starts in {cluster} without what it wrote last");
        _left.Remove((cluster, ordinal));
    }

    public void Write(string cluster, int ordinal) => _data[(cluster, ordinal)] = _newest[ordinal] = ++_writes;

    public WorkPetCopyStatus Carry(WorkPetCopy copy, string to, WorkPetCopyStatus state, bool isLast, PetWorld world)
    {
        var data = _data.GetValueOrDefault((copy.FromCluster, copy.Ordinal));
        if (data == Piece)
            Wrongs.Add($"{world.Now}: a piece of a copy of pet {copy.Ordinal} is carried from {copy.FromCluster} to {to}");
        if (world.Clusters.Exists(cluster => cluster.Running.ContainsKey(copy.Ordinal)))
            Wrongs.Add($"{world.Now}: pet {copy.Ordinal} runs while its volumes are carried from {copy.FromCluster} to {to}");
        _data[(to, copy.Ordinal)] = isLast ? data : Piece;
        return state with { Phase = isLast ? WorkPetCopyPhase.Done : WorkPetCopyPhase.Copying, Bytes = state.Bytes + 1000, Digest = isLast ? $"sha256:{data}" : null };
    }

    public void Delete(string cluster, int ordinal, PetWorld world)
    {
        var isLast = HasNewest(cluster, ordinal) && !_data.Any(other => other.Key.Ordinal == ordinal && other.Key.Cluster != cluster && other.Value == _newest[ordinal]);
        _data.Remove((cluster, ordinal));
        _left.Remove((cluster, ordinal));
        if (!isLast)
            return;
        if (!world.MayDelete.Contains(ordinal))
            Wrongs.Add($"{world.Now}: {cluster} deletes the only volume with what pet {ordinal} wrote last");
        _newest.Remove(ordinal);
    }
}
