using System.Collections;
using System.Collections.Immutable;
using Federation.Api;

namespace Federation.Storage.Cache;

/// <summary>A sorted, immutable stretch of one kind's objects at one revision.</summary>
public sealed class ObjectList : IReadOnlyList<CachedObject>
{
    private readonly ImmutableSortedSet<CachedObject> _objects;
    private readonly int _start;

    internal ObjectList(long revision, ImmutableSortedSet<CachedObject> objects, int start, int count) =>
        (Revision, _objects, _start, Count) = (revision, objects, start, count);

    /// <summary>The revision at which exactly this existed.</summary>
    public long Revision { get; }

    public int Count { get; }

    public CachedObject this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _objects[_start + index];
        }
    }

    /// <summary>The part of this list after a key: where <c>continue</c> goes on, also when that object is gone.</summary>
    public ObjectList After(ObjectKey key)
    {
        var next = ObjectOrder.FirstAfter(_objects, key);
        var end = _start + Count;
        var start = Math.Clamp(next, _start, end);
        return new ObjectList(Revision, _objects, start, end - start);
    }

    public IEnumerator<CachedObject> GetEnumerator()
    {
        if (Count == _objects.Count)
            return _objects.GetEnumerator();
        return Enumerate();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerator<CachedObject> Enumerate()
    {
        for (var index = 0; index < Count; index++)
            yield return _objects[_start + index];
    }
}
