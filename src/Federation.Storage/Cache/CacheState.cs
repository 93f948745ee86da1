using System.Collections.Immutable;
using Federation.Api;

namespace Federation.Storage.Cache;

/// <summary>All objects at one revision. Immutable: readers keep what they took while the next one is made beside it.</summary>
internal sealed class CacheState
{
    private static readonly ImmutableSortedSet<CachedObject> NoObjects = ImmutableSortedSet<CachedObject>.Empty.WithComparer(ObjectOrder.Instance);

    private readonly ImmutableDictionary<string, ImmutableSortedSet<CachedObject>> _kinds;

    private CacheState(StoreIdentity identity, long revision, ImmutableDictionary<string, ImmutableSortedSet<CachedObject>> kinds) =>
        (Identity, Revision, _kinds) = (identity, revision, kinds);

    public StoreIdentity Identity { get; }

    public long Revision { get; }

    public static CacheState Load(StoreIdentity identity, StoreSnapshot snapshot)
    {
        var kinds = snapshot.Objects
            .GroupBy(stored => stored.Key.Kind)
            .ToImmutableDictionary(
                kind => kind.Key,
                kind => kind.Select(stored => new CachedObject(stored.Key, stored.Uid, stored.Generation, stored.Revision, stored.Json))
                    .ToImmutableSortedSet(ObjectOrder.Instance));
        return new CacheState(identity, snapshot.Revision, kinds);
    }

    /// <summary>The state after some changes that directly follow this one, and what watchers are told about them.</summary>
    /// <remarks>Costs the changes times the logarithm of the objects; what did not change is shared.</remarks>
    public (CacheState State, CacheEvent[] Events) Apply(IReadOnlyList<Change> changes)
    {
        var builders = new Dictionary<string, ImmutableSortedSet<CachedObject>.Builder>(StringComparer.Ordinal);
        var events = new CacheEvent[changes.Count];
        for (var index = 0; index < changes.Count; index++)
        {
            var change = changes[index];
            if (!builders.TryGetValue(change.Key.Kind, out var objects))
                builders[change.Key.Kind] = objects = OfKind(change.Key.Kind).ToBuilder();
            var changed = new CachedObject(change.Key, change.Uid, change.Generation, change.Revision, change.Json);
            // A set keeps the element it has when an equal one is added, so the old version leaves first.
            CachedObject? previous = null;
            if (objects.TryGetValue(changed, out var found))
                objects.Remove(previous = found);
            if (change.Type == ChangeType.Put)
                objects.Add(changed);
            events[index] = new CacheEvent(change.Type, changed, previous);
        }

        var kinds = _kinds.SetItems(builders.Select(kind => KeyValuePair.Create(kind.Key, kind.Value.ToImmutable())));
        return (new CacheState(Identity, changes[^1].Revision, kinds), events);
    }

    /// <summary>The objects of a kind as they were before some changes.</summary>
    /// <param name="revision">The revision that the changes follow.</param>
    /// <param name="changes">All changes of the kind from there to this state, in order.</param>
    public ObjectList ListBefore(string kind, string? @namespace, long revision, List<CacheEvent> changes)
    {
        var objects = OfKind(kind).ToBuilder();
        for (var index = changes.Count - 1; index >= 0; index--)
        {
            var change = changes[index];
            objects.Remove(change.Object);
            if (change.Previous is { } previous)
                objects.Add(previous);
        }

        return List(revision, objects.ToImmutable(), kind, @namespace);
    }

    public CachedObject? Find(ObjectKey key) => OfKind(key.Kind).TryGetValue(ObjectOrder.Probe(key), out var found) ? found : null;

    public ObjectList List(string kind, string? @namespace) => List(Revision, OfKind(kind), kind, @namespace);

    private static ObjectList List(long revision, ImmutableSortedSet<CachedObject> objects, string kind, string? @namespace)
    {
        if (@namespace is null)
            return new ObjectList(revision, objects, 0, objects.Count);
        var start = ObjectOrder.FirstAtOrAfter(objects, new ObjectKey(kind, @namespace, ""));
        // "\0" gives the smallest string greater than the namespace.
        var end = ObjectOrder.FirstAtOrAfter(objects, new ObjectKey(kind, @namespace + "\0", ""));
        return new ObjectList(revision, objects, start, end - start);
    }

    private ImmutableSortedSet<CachedObject> OfKind(string kind) => _kinds.GetValueOrDefault(kind, NoObjects);
}
