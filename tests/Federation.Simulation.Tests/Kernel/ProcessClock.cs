namespace Federation.Simulation.Tests.Kernel;

/// <summary>The clocks of a machine as one of its processes uses them. Dead with its process: its timers then never fire.</summary>
internal sealed class ProcessClock(MachineClock machine) : TimeProvider
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly List<(SimTimer Timer, long Number)> _held = [];

    public bool IsDead { get; set; }

    /// <summary>Its timers wait until it goes on.</summary>
    public bool IsStopped { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Epoch + machine.Monotonic + machine.Offset;

    public override long GetTimestamp() => machine.Monotonic.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(machine.World, this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Stop() => IsStopped = true;

    public void Continue()
    {
        IsStopped = false;
        var held = _held.ToList();
        _held.Clear();
        foreach (var (timer, number) in held)
        {
            if (timer.Armed == number)
                timer.Fire();
        }
    }

    internal void Hold(SimTimer timer) => _held.Add((timer, timer.Armed));

    internal TimeSpan ToWorld(TimeSpan own) => machine.ToWorld(own);
}
