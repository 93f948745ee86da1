namespace Federation.Simulation.Tests.Kernel;

/// <summary>The clocks of one machine: the wall clock can be set, and both can run wrong. Dead with its process: its timers then never fire.</summary>
internal sealed class ProcessClock(SimTime world) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _worldAtChange = world.Now;
    private TimeSpan _ownAtChange = world.Now;

    /// <summary>How fast it runs; 1 is right.</summary>
    public double Rate { get; private set; } = 1;

    /// <summary>How wrong the wall clock is set.</summary>
    public TimeSpan Offset { get; set; }

    public bool IsDead { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    private TimeSpan Own => _ownAtChange + ((world.Now - _worldAtChange) * Rate);

    public void SetRate(double rate)
    {
        (_ownAtChange, _worldAtChange) = (Own, world.Now);
        Rate = rate;
    }

    public override DateTimeOffset GetUtcNow() => Epoch + Own + Offset;

    public override long GetTimestamp() => Own.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(world, this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Never too short: a timer does not fire before its time has passed by its own clock, and nothing is so quick that no time passes.</summary>
    internal TimeSpan ToWorld(TimeSpan own) => TimeSpan.FromTicks((long)Math.Ceiling(own.Ticks / Rate) + TimeSpan.TicksPerMicrosecond);
}
