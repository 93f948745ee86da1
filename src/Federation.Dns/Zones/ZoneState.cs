using Federation.Dns.Wire;

namespace Federation.Dns.Zones;

/// <summary>Holds the newest versions of the zones and how fresh they are. Written by the follower, read by everyone.</summary>
public sealed class ZoneState(DnsName apex, TimeProvider time)
{
    private ServedZones? _current;
    private long _cutOffSince;

    /// <summary>There are newer versions. Raised by who publishes them: whoever hears it must be quick.</summary>
    internal event EventHandler? Published;

    /// <summary>Of the federation's own zone.</summary>
    public DnsName Apex { get; } = apex;

    /// <summary>Null until the first versions are loaded.</summary>
    public ServedZones? Current => Volatile.Read(ref _current);

    /// <summary>How long the zone has not been fed; zero while the feed is connected. A zone that never had a feed is as stale as its process is old.</summary>
    public TimeSpan Staleness
    {
        get
        {
            var since = Volatile.Read(ref _cutOffSince);
            return since == 0 ? TimeSpan.Zero : time.GetElapsedTime(since);
        }
    }

    /// <summary>When the feed was lost; null while it is connected.</summary>
    public DateTimeOffset? CutOffSince => Volatile.Read(ref _cutOffSince) == 0 ? null : time.GetUtcNow() - Staleness;

    internal void Publish(ServedZones zones)
    {
        Volatile.Write(ref _current, zones);
        Volatile.Write(ref _cutOffSince, 0);
        Published?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>The feed was lost. Counts from the first loss, not from the last attempt to get it back.</summary>
    internal void CutOff()
    {
        if (Volatile.Read(ref _cutOffSince) == 0)
            Volatile.Write(ref _cutOffSince, Math.Max(1, time.GetTimestamp()));
    }
}
