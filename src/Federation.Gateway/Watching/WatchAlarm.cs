namespace Federation.Gateway.Watching;

/// <summary>Wakes a watch for its next bookmark or its end. Set anew about once a minute, however often the watch waits in between.</summary>
internal sealed class WatchAlarm(TimeProvider time, CancellationToken ending) : IDisposable
{
    private CancellationTokenSource? _ringing;
    private ITimer? _timer;
    private DateTimeOffset _at;

    /// <summary>A token that is cancelled at that time, and when the watch ends.</summary>
    public CancellationToken At(DateTimeOffset moment)
    {
        if (_ringing is { } set && moment == _at)
            return set.Token;
        Dispose();
        _at = moment;
        _ringing = CancellationTokenSource.CreateLinkedTokenSource(ending);
        var wait = moment - time.GetUtcNow();
        _timer = time.CreateTimer(static source => Ring((CancellationTokenSource)source!), _ringing, wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return _ringing.Token;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _ringing?.Dispose();
    }

    private static void Ring(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer rang while the alarm was set anew.
        }
    }
}
