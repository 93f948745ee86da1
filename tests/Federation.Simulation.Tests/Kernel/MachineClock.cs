namespace Federation.Simulation.Tests.Kernel;

/// <summary>The clocks of one machine, which outlive its processes: the wall clock can be set, and both can run wrong.</summary>
internal sealed class MachineClock(SimTime world)
{
    private TimeSpan _worldAtChange = world.Now;
    private TimeSpan _ownAtChange = world.Now;
    private double _rate = 1;

    public SimTime World => world;

    /// <summary>How fast it runs; 1 is right.</summary>
    public double Rate
    {
        get => _rate;
        set => (_ownAtChange, _worldAtChange, _rate) = (Monotonic, world.Now, value);
    }

    /// <summary>How wrong the wall clock is set.</summary>
    public TimeSpan Offset { get; set; }

    /// <summary>Since the machine began.</summary>
    public TimeSpan Monotonic => _ownAtChange + ((world.Now - _worldAtChange) * _rate);

    /// <summary>Never too short: a timer does not fire before its time has passed by its own clock, and nothing is so quick that no time passes.</summary>
    public TimeSpan ToWorld(TimeSpan own) => TimeSpan.FromTicks((long)Math.Ceiling(own.Ticks / _rate) + TimeSpan.TicksPerMicrosecond);
}
