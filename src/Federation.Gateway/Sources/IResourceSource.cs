using Federation.Api;

namespace Federation.Gateway.Sources;

/// <summary>Where the objects of a kind come from: the store's cache, or what the clusters report. Lists and watches are the same for both.</summary>
internal interface IResourceSource
{
    /// <summary>The revision shown now.</summary>
    long Revision { get; }

    /// <summary>Names what the revisions count: one that was given out under another name means nothing here.</summary>
    string History { get; }

    /// <summary>Returns once everything is visible that this gateway acknowledged, and at least this revision.</summary>
    /// <exception cref="Http.RefusedException">504: it was not reached in time.</exception>
    Task WaitFreshAsync(long atLeast, CancellationToken cancellationToken);

    /// <summary>Returns once everything is visible that any gateway acknowledged before this call.</summary>
    /// <returns>False: nobody could be asked what that is; what is shown may be old.</returns>
    /// <exception cref="Http.RefusedException">504: it was not reached in time.</exception>
    Task<bool> WaitLatestAsync(CancellationToken cancellationToken);

    ObjectView? Find(ObjectKey key);

    /// <param name="namespace">Null: all.</param>
    Snapshot List(string kind, string? @namespace);

    /// <summary>As <see cref="List"/>, but as it was at an earlier revision; null: that is not known any more.</summary>
    ValueTask<Snapshot?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken);

    IChangeFeed Subscribe(string kind, long afterRevision);
}

/// <summary>Objects of one kind, sorted by namespace and name, as they were at one revision.</summary>
internal abstract class Snapshot
{
    public abstract long Revision { get; }

    public abstract int Count { get; }

    public abstract ObjectView this[int index] { get; }

    /// <summary>The part after a key, which need not exist any more.</summary>
    public abstract Snapshot After(ObjectKey key);

    /// <summary>The object of that key, if it is in here.</summary>
    public IEnumerable<ObjectView> Only(ObjectKey key)
    {
        // Keys have an order: what follows the key is one less than what follows everything before it exactly if the key is there.
        var rest = After(key);
        var index = Count - rest.Count - 1;
        return index >= 0 && this[index] is var found && found.Key == key ? [found] : [];
    }

    public abstract IEnumerable<ObjectView> Enumerate();
}

/// <param name="Before">The version before; null: there was none.</param>
/// <param name="After">The version after; for a delete the last state, at the revision of the delete.</param>
internal readonly record struct ObjectChange(ObjectView? Before, ObjectView After, bool IsDelete);

/// <param name="Revision">Everything up to here has been given out.</param>
internal readonly record struct ChangeBatch(IReadOnlyList<ObjectChange> Changes, long Revision, FeedEnd End);

internal enum FeedEnd
{
    None,

    /// <summary>410: list again.</summary>
    Expired,

    /// <summary>The gateway is going down.</summary>
    Stopped,
}

/// <summary>A place in a source's stream of changes.</summary>
internal interface IChangeFeed
{
    /// <summary>The next changes; an empty batch when there were none for so long: its revision has moved on all the same, and makes a bookmark.</summary>
    /// <param name="until">How long: until this is cancelled. It is cancelled with <paramref name="cancellationToken"/>, too.</param>
    ValueTask<ChangeBatch> ReadAsync(CancellationToken until, CancellationToken cancellationToken);
}
