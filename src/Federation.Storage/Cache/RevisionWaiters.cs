namespace Federation.Storage.Cache;

/// <summary>Those who wait for the cache to reach a revision; each is woken once, by the publication that reaches its own.</summary>
internal sealed class RevisionWaiters
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Waiter> _waiters = new(Comparer<Waiter>.Create((x, y) => (x.Revision, x.Id).CompareTo((y.Revision, y.Id))));
    private long _reached;
    private long _nextId;

    public async Task WaitAsync(long revision, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (revision <= _reached)
                return;
            waiter = new Waiter(revision, _nextId++);
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
                _waiters.Remove(waiter);
            throw;
        }
    }

    /// <summary>Sets the revision reached, which may also be lower than before: another history has begun.</summary>
    public void Reach(long revision)
    {
        lock (_lock)
        {
            _reached = revision;
            while (_waiters.Min is { } first && first.Revision <= revision)
            {
                _waiters.Remove(first);
                first.TrySetResult();
            }
        }
    }

    public void Fail(StoreUnavailableException error)
    {
        lock (_lock)
        {
            foreach (var waiter in _waiters)
                waiter.TrySetException(new StoreUnavailableException(error.Reason, error.Message));
            _waiters.Clear();
        }
    }

    private sealed class Waiter(long revision, long id) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Revision { get; } = revision;

        public long Id { get; } = id;
    }
}
