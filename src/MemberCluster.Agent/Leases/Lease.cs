namespace MemberCluster.Agent.Leases;

/// <summary>The cluster's lease as this agent may count on it: by its own monotonic clock, from the moment it sent what renewed it.</summary>
/// <remarks>The control plane counts from when the report arrived, which is later: the agent's lease never outlives the control plane's.</remarks>
internal sealed class Lease(TimeProvider time)
{
    /// <summary>Used for the heartbeat until the control plane has said how long the lease is.</summary>
    public static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long? _renewedAt;
    private TimeSpan _duration = DefaultDuration;

    public TimeSpan Duration
    {
        get
        {
            lock (_lock)
                return _duration;
        }
    }

    /// <summary>Zero when it ran out or was never given.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                if (_renewedAt is not { } renewedAt)
                    return TimeSpan.Zero;
                var left = _duration - time.GetElapsedTime(renewedAt);
                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        }
    }

    public bool IsHeld => Remaining > TimeSpan.Zero;

    /// <param name="sentAt">The monotonic timestamp taken before the report was sent.</param>
    /// <param name="duration">As the control plane answered; not positive: as before.</param>
    public void Renew(long sentAt, TimeSpan duration)
    {
        lock (_lock)
        {
            if (_renewedAt is { } renewedAt && time.GetElapsedTime(renewedAt, sentAt) < TimeSpan.Zero)
                return;
            _renewedAt = sentAt;
            if (duration > TimeSpan.Zero)
                _duration = duration;
        }
    }
}
