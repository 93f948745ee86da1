namespace Federation.Api.Streams;

/// <summary>How much one side may still send. One taker at a time; any number of givers.</summary>
internal sealed class StreamCredit(int most)
{
    private readonly Lock _lock = new();
    private int _most = most;
    private int _taken;
    private int _wanted;
    private bool _hasEnded;
    private TaskCompletionSource? _waiting;

    /// <summary>Waits until so much is there, and takes it.</summary>
    /// <exception cref="StreamEndedException">Nothing more will come.</exception>
    public async ValueTask TakeAsync(int amount, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_hasEnded)
                    throw new StreamEndedException();
                if (_taken + amount <= _most)
                {
                    _taken += amount;
                    return;
                }

                _wanted = amount;
                _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                more = _waiting.Task;
            }

            await more.WaitAsync(cancellationToken);
        }
    }

    /// <returns>False: more than ever was taken, so the other side does not count right.</returns>
    public bool Give(int amount)
    {
        lock (_lock)
        {
            if (amount <= 0 || amount > _taken)
                return false;
            _taken -= amount;
            Wake_NeedsLock();
            return true;
        }
    }

    /// <returns>False: it would be less than before.</returns>
    public bool Widen(int most)
    {
        lock (_lock)
        {
            if (most < _most)
                return false;
            _most = most;
            Wake_NeedsLock();
            return true;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _waiting?.TrySetResult();
        }
    }

    private void Wake_NeedsLock()
    {
        if (_taken + _wanted <= _most)
            _waiting?.TrySetResult();
    }
}
