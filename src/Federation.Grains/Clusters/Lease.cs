namespace Federation.Grains.Clusters;

/// <summary>A cluster's lease, by the monotonic clock. A fresh one counts from its making: who has just started waits a full lease before it judges.</summary>
internal sealed class Lease(TimeProvider time)
{
    private long _renewed = time.GetTimestamp();

    public DateTimeOffset? LastReport { get; private set; }

    public void Renew() => (_renewed, LastReport) = (time.GetTimestamp(), time.GetUtcNow());

    public bool IsExpired(TimeSpan duration) => time.GetElapsedTime(_renewed) >= duration;

    /// <summary>How long the lease still holds; at least a millisecond, so that a timer set to it moves time on.</summary>
    public TimeSpan Remaining(TimeSpan duration)
    {
        var left = duration - time.GetElapsedTime(_renewed);
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }
}
