using Federation.Api;

namespace Federation.Storage.Cache;

/// <summary>One version of one object in memory. Immutable; shared by every list and every watch that shows it.</summary>
public sealed class CachedObject(ObjectKey key, string uid, long generation, long revision, ReadOnlyMemory<byte> json)
{
    private object? _view;

    public ObjectKey Key { get; } = key;

    public string Uid { get; } = uid;

    public long Generation { get; } = generation;

    public long Revision { get; } = revision;

    /// <summary>UTF-8 JSON without <c>metadata.resourceVersion</c>, which is <see cref="Revision"/>.</summary>
    public ReadOnlyMemory<byte> Json { get; } = json;

    /// <summary>What the owner of the cache derives from this version (parsed labels, encoded JSON): made at the first call, then shared by all readers.</summary>
    /// <remarks>One view type for a cache; <paramref name="create"/> may run twice when two readers are first at the same moment.</remarks>
    public T View<T>(Func<CachedObject, T> create)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(create);
        if (Volatile.Read(ref _view) is T view)
            return view;
        var made = create(this);
        return Interlocked.CompareExchange(ref _view, made, null) as T ?? made;
    }
}
