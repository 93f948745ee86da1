namespace Federation.Storage.Cache;

/// <summary>One change as watchers see it.</summary>
/// <param name="Object">The object after the change, at the revision of the change; for a delete its last state at the revision of the delete.</param>
/// <param name="Previous">The version before it; null for a create. A watch with a selector needs it: an object that stops matching is DELETED for that watch.</param>
public sealed record CacheEvent(ChangeType Type, CachedObject Object, CachedObject? Previous)
{
    public long Revision => Object.Revision;

    /// <summary>What a watch without selector calls ADDED.</summary>
    public bool IsCreate => Type == ChangeType.Put && Previous is null;
}

/// <summary>Why a subscription ended. The subscriber lists again and subscribes from there, except after <see cref="Stopped"/>.</summary>
public enum SubscriptionEnd
{
    /// <summary>The revision it wanted to start from is compacted: 410 <c>Expired</c>.</summary>
    TooOld = 1,

    /// <summary>It read so slowly that the changes it had not read yet left the memory: 410 <c>Expired</c>.</summary>
    TooSlow,

    /// <summary>The cache was loaded anew (the store was restored, or compacted past the cache): 410 <c>Expired</c>.</summary>
    Reset,

    /// <summary>The cache is shutting down.</summary>
    Stopped,
}

/// <summary>What a subscription has to say.</summary>
/// <param name="Events">In order, each once; may be empty.</param>
/// <param name="Revision">Everything up to here that the subscription covers is in this batch or came before.</param>
/// <param name="End">Set in the last batch only.</param>
public sealed record SubscriptionBatch(IReadOnlyList<CacheEvent> Events, long Revision, SubscriptionEnd? End);

/// <summary>A place in the stream of changes. One reader at a time; holds no queue, so an abandoned one costs nothing.</summary>
public interface ICacheSubscription
{
    /// <summary>Waits for the next changes; cancelling loses none. After a batch with <see cref="SubscriptionBatch.End"/> it returns that end again.</summary>
    /// <exception cref="StoreUnavailableException">The start lies before what is in memory and the store cannot be read; the next call tries again.</exception>
    ValueTask<SubscriptionBatch> ReadAsync(CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync(CancellationToken)"/>, but when nothing happens for a while it returns an empty batch:
    /// its <see cref="SubscriptionBatch.Revision"/> has moved on with the store all the same, and makes a bookmark.</summary>
    ValueTask<SubscriptionBatch> ReadAsync(TimeSpan maxWait, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync(TimeSpan, CancellationToken)"/>, for very many readers: one token ends many waits, where a time would need a timer for each.</summary>
    /// <param name="until">The empty batch comes when this is cancelled. It must be cancelled with <paramref name="cancellationToken"/>, too.</param>
    ValueTask<SubscriptionBatch> ReadAsync(CancellationToken until, CancellationToken cancellationToken);
}
