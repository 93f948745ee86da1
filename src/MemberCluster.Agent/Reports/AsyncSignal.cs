namespace MemberCluster.Agent.Reports;

/// <summary>Wakes one waiter; set before the wait counts, and set twice counts once.</summary>
internal sealed class AsyncSignal(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _set = Make();

    public void Set()
    {
        lock (_lock)
            _set.TrySetResult();
    }

    /// <summary>False when the time was up first.</summary>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task set;
        lock (_lock)
            set = _set.Task;
        // The time is up more often than not: an exception each time would be most of what an idle agent does.
        await set.WaitAsync(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (!set.IsCompleted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }

        lock (_lock)
            _set = Make();
        return true;
    }

    private static TaskCompletionSource Make() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
