using Federation.Api;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Storage.Cache;

namespace Federation.Grains.Snapshots;

/// <summary>PetSnapshots and the sets that are restored from them, as the cache has them. A version of an object is read once.</summary>
internal sealed class SnapshotBook(IObjectCache cache)
{
    private readonly Lock _lock = new();
    private Dictionary<ObjectKey, (CachedObject Version, PetSnapshot Snapshot)> _known = [];

    /// <param name="namespace">Null: every one.</param>
    public IReadOnlyList<PetSnapshot> In(string? @namespace)
    {
        var list = cache.List(PetSnapshot.KindName);
        if (list.Count == 0)
            return [];
        var found = new List<PetSnapshot>();
        lock (_lock)
        {
            var current = new Dictionary<ObjectKey, (CachedObject, PetSnapshot)>(list.Count);
            foreach (var cached in list)
            {
                var snapshot = _known.TryGetValue(cached.Key, out var known) && ReferenceEquals(known.Version, cached)
                    ? known.Snapshot
                    : (PetSnapshot)Kinds.PetSnapshot.ReadStored(cached.Json.Span, cached.Revision);
                current[cached.Key] = (cached, snapshot);
                if (@namespace is null || cached.Key.Namespace == @namespace)
                    found.Add(snapshot);
            }

            _known = current;
        }

        return found;
    }

    /// <summary>Whom a change of a set may concern: those of its PetSnapshots that wait for it, or for one of its pets.</summary>
    public IEnumerable<ObjectKey> WaitingFor(ObjectKey set) => In(set.Namespace)
        .Where(snapshot => snapshot.Spec.PetSet == set.Name && (snapshot.Status.LastScheduleTime is null || snapshot.Status.Items.Any(item => item.Phase is PetSnapshotPhase.Waiting or PetSnapshotPhase.Taking)))
        .Select(snapshot => snapshot.Key);

    /// <summary>Whom a change of a cluster may concern that have no share in it yet.</summary>
    public IEnumerable<ObjectKey> Waiting() => In(null).Where(snapshot => snapshot.Status.Items.Any(item => item.Phase == PetSnapshotPhase.Waiting)).Select(snapshot => snapshot.Key);

    /// <summary>Ids of the copies of a PetSnapshot from which pets are being restored now.</summary>
    public IReadOnlySet<string> RestoringFrom(PetSnapshot snapshot) => cache.List(PetSet.KindName, snapshot.Metadata.Namespace)
        .SelectMany(cached => ((PetSet)Kinds.PetSet.ReadStored(cached.Json.Span, cached.Revision)).Status.Pets)
        .Where(pet => pet.Restore is { CopiedAt: null } restore && restore.SnapshotUid == snapshot.Metadata.Uid)
        .Select(pet => pet.Restore!.Id).ToHashSet();
}
