namespace Federation.Storage;

/// <summary>Wakes those who wait for the log to grow. Knows the newest revision it was told.</summary>
internal sealed class ChangeSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _revision;
    private bool _closed;

    public long Revision => Volatile.Read(ref _revision);

    public void Publish(long revision)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            if (revision <= _revision)
                return;
            Volatile.Write(ref _revision, revision);
            grown = _grown;
            if (!_closed)
                _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        grown.TrySetResult();
    }

    public void Close()
    {
        lock (_lock)
            _closed = true;
        _grown.TrySetResult();
    }

    /// <summary>Returns the newest revision once it is greater than <paramref name="afterRevision"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store was closed.</exception>
    public async Task<long> WaitAsync(long afterRevision, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                if (_revision > afterRevision)
                    return _revision;
                if (_closed)
                    throw new StoreUnavailableException(StoreUnavailableReason.Closed, "The store is closed.");
                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
    }
}
