using System.Collections.Immutable;
using Federation.Api;

namespace Federation.Storage.Cache;

/// <summary>The order of objects of one kind: namespace, then name, ordinal.</summary>
internal sealed class ObjectOrder : IComparer<CachedObject>
{
    public static readonly ObjectOrder Instance = new();

    public int Compare(CachedObject? x, CachedObject? y)
    {
        var byNamespace = string.CompareOrdinal(x!.Key.Namespace, y!.Key.Namespace);
        return byNamespace != 0 ? byNamespace : string.CompareOrdinal(x.Key.Name, y.Key.Name);
    }

    /// <summary>The index of the first object at or after a key.</summary>
    public static int FirstAtOrAfter(ImmutableSortedSet<CachedObject> objects, ObjectKey key)
    {
        var index = objects.IndexOf(Probe(key));
        return index >= 0 ? index : ~index;
    }

    /// <summary>The index of the first object after a key.</summary>
    public static int FirstAfter(ImmutableSortedSet<CachedObject> objects, ObjectKey key)
    {
        var index = objects.IndexOf(Probe(key));
        return index >= 0 ? index + 1 : ~index;
    }

    public static CachedObject Probe(ObjectKey key) => new(key, "", 0, 0, default);
}
