namespace Federation.Storage.Cache;

/// <summary>The newest changes, bounded in number and bytes, as chains that any number of readers follow at their own pace without copies.</summary>
/// <remarks>One writer. A kind's readers wake only when that kind changes.</remarks>
internal sealed class EventRing(int maxEvents, long maxBytes)
{
    // What an event weighs beside its JSON: the event, the object, its key and its share of a node.
    private const int EventOverhead = 300;

    private readonly Lock _lock = new();
    private readonly Queue<(long LastRevision, int Events, long Bytes, string[] Kinds)> _batches = new();
    private readonly Dictionary<string, EventChain> _kinds = new(StringComparer.Ordinal);
    private EventChain _all = new();
    private long _revision;
    private long _base;
    private int _events;
    private long _bytes;
    private SubscriptionEnd? _end;

    /// <summary>The newest revision published.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Every change after this revision is in the ring.</summary>
    public long Base => Volatile.Read(ref _base);

    /// <summary>Starts anew at a revision; every reader is ended.</summary>
    public void Reset(long revision)
    {
        lock (_lock)
        {
            FinishAll_NeedsLock(SubscriptionEnd.Reset);
            _base = revision;
            Volatile.Write(ref _revision, revision);
        }
    }

    /// <summary>Ends every reader and every one still to come.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            FinishAll_NeedsLock(SubscriptionEnd.Stopped);
            _end = SubscriptionEnd.Stopped;
        }
    }

    public void Publish(CacheEvent[] events)
    {
        var kinds = events.GroupBy(change => change.Object.Key.Kind).ToList();
        var bytes = events.Sum(change => (long)change.Object.Json.Length + EventOverhead);
        lock (_lock)
        {
            _all.Append(events);
            foreach (var kind in kinds)
                ChainOf_NeedsLock(kind.Key).Append(kinds.Count == 1 ? events : [.. kind]);
            _batches.Enqueue((events[^1].Revision, events.Length, bytes, [.. kinds.Select(kind => kind.Key)]));
            _events += events.Length;
            _bytes += bytes;
            Evict_NeedsLock();
            // Last: who sees this revision finds everything up to it in the chains.
            Volatile.Write(ref _revision, events[^1].Revision);
        }
    }

    /// <summary>Finds a reader's place; false: the ring does not reach back that far.</summary>
    public bool TryJoin(string? kind, long afterRevision, out EventNode node)
    {
        lock (_lock)
        {
            node = new EventNode();
            if (_end is { } end)
                node.Finish(end);
            else if (afterRevision < _base)
                return false;
            else
                node = (kind is null ? _all : ChainOf_NeedsLock(kind)).FirstAfter(afterRevision);
            return true;
        }
    }

    private EventChain ChainOf_NeedsLock(string kind)
    {
        if (!_kinds.TryGetValue(kind, out var chain))
            _kinds[kind] = chain = new EventChain();
        return chain;
    }

    private void Evict_NeedsLock()
    {
        while ((_events > maxEvents || _bytes > maxBytes) && _batches.TryDequeue(out var batch))
        {
            _all.EvictThrough(batch.LastRevision);
            foreach (var kind in batch.Kinds)
                _kinds[kind].EvictThrough(batch.LastRevision);
            _events -= batch.Events;
            _bytes -= batch.Bytes;
            Volatile.Write(ref _base, batch.LastRevision);
        }
    }

    private void FinishAll_NeedsLock(SubscriptionEnd end)
    {
        _all.Finish(end);
        foreach (var chain in _kinds.Values)
            chain.Finish(end);
        _all = new EventChain();
        _kinds.Clear();
        _batches.Clear();
        (_events, _bytes) = (0, 0);
    }
}
