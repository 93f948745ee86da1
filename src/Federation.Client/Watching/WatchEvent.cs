namespace Federation.Client;

public enum WatchEventType
{
    Added,
    Modified,

    /// <summary>It is gone, or no longer matches the selector; the object is its last state.</summary>
    Deleted,

    /// <summary>Everything up to the object's <c>metadata.resourceVersion</c> was sent; nothing else of the object is set.</summary>
    Bookmark,
}

public sealed record WatchEvent<T>(WatchEventType Type, T Object);

/// <summary>What a list-and-watch says.</summary>
public abstract record ListWatchEvent<T>
{
    private ListWatchEvent()
    {
    }

    /// <summary>Everything there is; what was known before and is not in it is gone. The first event, and again whenever the thread was lost.</summary>
    public sealed record Reset(ResourceList<T> List) : ListWatchEvent<T>;

    /// <summary>Created or changed.</summary>
    public sealed record Set(T Object) : ListWatchEvent<T>;

    /// <summary>Gone; its last state.</summary>
    public sealed record Removed(T Object) : ListWatchEvent<T>;
}
