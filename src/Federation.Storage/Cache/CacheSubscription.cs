namespace Federation.Storage.Cache;

/// <summary>A reader of the ring that begins, when its start lies too far back, with the store's log.</summary>
internal sealed class CacheSubscription(EventRing ring, CacheReplay replay, TimeProvider time, string? kind, long afterRevision) : ICacheSubscription
{
    private EventNode? _node;
    private long _delivered = afterRevision;
    private SubscriptionEnd? _end;

    public ValueTask<SubscriptionBatch> ReadAsync(CancellationToken cancellationToken) => ReadAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    public ValueTask<SubscriptionBatch> ReadAsync(TimeSpan maxWait, CancellationToken cancellationToken) =>
        ReadAsync(node => IsFilledWithinAsync(node, maxWait, cancellationToken), cancellationToken);

    public ValueTask<SubscriptionBatch> ReadAsync(CancellationToken until, CancellationToken cancellationToken) =>
        ReadAsync(node => IsFilledBeforeAsync(node, until, cancellationToken), cancellationToken);

    private async ValueTask<SubscriptionBatch> ReadAsync(Func<EventNode, Task<bool>> isFilled, CancellationToken cancellationToken)
    {
        while (_end is null)
        {
            if (_node is null && !ring.TryJoin(kind, _delivered, out _node))
            {
                _node = null;
                if (await ReplayAsync(cancellationToken) is { } replayed)
                    return replayed;
                continue;
            }

            if (_node.Current is not { } content)
            {
                if (!await isFilled(_node) && Bookmark(_node) is { } bookmark)
                    return bookmark;
                continue;
            }

            if (content.End is { } end)
                return Finish(end);
            _node = content.Next;
            var events = After(content.Events, _delivered);
            _delivered = Math.Max(_delivered, content.Events[^1].Revision);
            if (events.Length > 0)
                return new SubscriptionBatch(events, _delivered, null);
        }

        return Finish(_end.Value);
    }

    private async Task<bool> IsFilledWithinAsync(EventNode node, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        // Where little changes the time is mostly up first: no exception for that.
        await node.Filled.WaitAsync(maxWait, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cancellationToken.ThrowIfCancellationRequested();
        return node.Filled.IsCompleted;
    }

    private static async Task<bool> IsFilledBeforeAsync(EventNode node, CancellationToken until, CancellationToken cancellationToken)
    {
        await node.Filled.WaitAsync(until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return node.Filled.IsCompleted;
    }

    private SubscriptionBatch? Bookmark(EventNode node)
    {
        // In this order: everything up to the ring's revision is in the chains, so a node that is empty after that says that none of it is for us.
        var published = ring.Revision;
        if (node.Current is not null)
            return null;
        _delivered = Math.Max(_delivered, published);
        return new SubscriptionBatch([], _delivered, null);
    }

    private static CacheEvent[] After(CacheEvent[] events, long revision)
    {
        if (events[0].Revision > revision)
            return events;
        var skip = Array.FindIndex(events, change => change.Revision > revision);
        return skip < 0 ? [] : events[skip..];
    }

    private async Task<SubscriptionBatch?> ReplayAsync(CancellationToken cancellationToken)
    {
        switch (await replay.ReadAsync(_delivered, cancellationToken))
        {
            case ChangePage.Compacted:
                return Finish(SubscriptionEnd.TooOld);
            case ChangePage.Page { Changes.Count: 0 }:
                // The ring starts after our place, so the log has something there, unless it is another log by now.
                return Finish(SubscriptionEnd.Reset);
            case ChangePage.Page page:
                var events = page.Changes.Where(change => kind is null || change.Key.Kind == kind).Select(ToEvent).ToList();
                _delivered = page.Changes[^1].Revision;
                return events.Count == 0 ? null : new SubscriptionBatch(events, _delivered, null);
            default:
                throw new InvalidOperationException("The store answered with a page of an unknown kind.");
        }
    }

    private static CacheEvent ToEvent(Change change)
    {
        var after = new CachedObject(change.Key, change.Uid, change.Generation, change.Revision, change.Json);
        var before = change.PreviousJson is { } json
            ? new CachedObject(change.Key, change.Uid, change.Generation, change.PreviousRevision, json)
            : null;
        return new CacheEvent(change.Type, after, before);
    }

    private SubscriptionBatch Finish(SubscriptionEnd end)
    {
        _end = end;
        _node = null;
        return new SubscriptionBatch([], _delivered, end);
    }
}
