namespace MemberCluster.Agent.Reports;

/// <summary>Wakes one waiter; set before the wait counts, and set twice counts once.</summary>
internal sealed class AsyncSignal(TimeProvider time)
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private readonly Lock _lock = new();

    public void Set()
    {
        lock (_lock)
        {
            if (_set.CurrentCount == 0)
                _set.Release();
        }
    }

    /// <summary>False when the time was up first.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (_set.Wait(0, CancellationToken.None))
            return true;
        if (atMost <= TimeSpan.Zero)
            return false;
        using var limit = new CancellationTokenSource(atMost, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _set.WaitAsync(linked.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
