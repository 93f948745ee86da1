namespace Federation.Storage;

/// <summary>Wakes those who wait for the log to grow. Knows the newest revision it was told.</summary>
internal sealed class ChangeSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _revision;
    private volatile bool _closed;

    public long Revision => Volatile.Read(ref _revision);

    public void Publish(long revision)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            if (revision <= _revision)
                return;
            Volatile.Write(ref _revision, revision);
            grown = Renew_NeedsLock();
        }

        grown.TrySetResult();
    }

    /// <summary>Sets the newest revision, which may be lower than before when the database holds another history, and wakes everybody to look again.</summary>
    public void Reset(long revision)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            Volatile.Write(ref _revision, revision);
            grown = Renew_NeedsLock();
        }

        grown.TrySetResult();
    }

    public void Close()
    {
        lock (_lock)
            _closed = true;
        _grown.TrySetResult();
    }

    /// <summary>Returns the newest revision once it is greater than <paramref name="afterRevision"/>, or earlier when there is reason to look.</summary>
    /// <exception cref="StoreUnavailableException">The store was closed.</exception>
    public async Task<long> WaitAsync(long afterRevision, CancellationToken cancellationToken)
    {
        Task grown;
        lock (_lock)
        {
            if (_revision > afterRevision)
                return _revision;
            grown = _grown.Task;
        }

        await grown.WaitAsync(cancellationToken);
        return _closed ? throw new StoreUnavailableException(StoreUnavailableReason.Closed, "The store is closed.") : Revision;
    }

    private TaskCompletionSource Renew_NeedsLock()
    {
        var grown = _grown;
        if (!_closed)
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return grown;
    }
}
