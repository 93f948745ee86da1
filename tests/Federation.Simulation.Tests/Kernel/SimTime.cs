namespace Federation.Simulation.Tests.Kernel;

/// <summary>The world's time: it stands still while anything can run, and then jumps to the next timer.</summary>
internal sealed class SimTime
{
    private readonly PriorityQueue<SimTimer, (long Due, long Number)> _timers = new();
    private long _number;

    /// <summary>Since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Timers so far.</summary>
    public long Fired { get; private set; }

    /// <summary>Fires the earliest timer; false: there is none.</summary>
    public bool FireNext()
    {
        while (_timers.TryDequeue(out var timer, out var at))
        {
            if (timer.Armed != at.Number)
                continue;
            Now = TimeSpan.FromTicks(Math.Max(Now.Ticks, at.Due));
            Fired++;
            timer.Fire();
            return true;
        }

        return false;
    }

    /// <returns>The number under which the timer fires.</returns>
    internal long Arm(SimTimer timer, TimeSpan delay)
    {
        var number = ++_number;
        _timers.Enqueue(timer, ((Now + delay).Ticks, number));
        return number;
    }
}

/// <summary>A timer of one process.</summary>
internal sealed class SimTimer(SimTime world, ProcessClock clock, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;

    /// <summary>The number it is armed under; 0: it is not.</summary>
    public long Armed { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        Armed = dueTime < TimeSpan.Zero || clock.IsDead ? 0 : world.Arm(this, clock.ToWorld(dueTime));
        return true;
    }

    public void Fire()
    {
        if (clock.IsDead)
            return;
        if (clock.IsStopped)
        {
            clock.Hold(this);
            return;
        }

        Armed = _period > TimeSpan.Zero ? world.Arm(this, clock.ToWorld(_period)) : 0;
        callback(state);
    }

    public void Dispose() => Armed = 0;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
