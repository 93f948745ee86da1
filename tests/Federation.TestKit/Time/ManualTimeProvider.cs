namespace Federation.TestKit.Time;

/// <summary>
/// A clock that stands still until it is advanced. Due timers fire on the advancing thread, in order of their due times, with the
/// clock set to each due time; timers due at the same time fire in order of creation.
/// </summary>
public sealed class ManualTimeProvider : TimeProvider
{
    /// <summary>More than this is code that re-arms itself without end.</summary>
    private const int MostPerAdvance = 1_000_000;

    private readonly Lock gate = new();
    private readonly SortedSet<ManualTimer> timers = new(Comparer<ManualTimer>.Create(static (left, right) =>
        left.DueAt != right.DueAt ? left.DueAt.CompareTo(right.DueAt) : left.Order.CompareTo(right.Order)));
    private DateTimeOffset now;
    private TimeSpan jumped;
    private long created;

    /// <param name="start">Default: 2026-01-01, midnight UTC.</param>
    public ManualTimeProvider(DateTimeOffset? start = null) => now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due; null when none is armed.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (gate)
                return timers.Min?.DueAt + jumped;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now + jumped;
    }

    public override long GetTimestamp()
    {
        lock (gate)
            return now.Ticks;
    }

    /// <summary>Sets the wall clock, as an administrator or a time server does: no time passes, and no timer is due earlier or later.</summary>
    public void Jump(TimeSpan by)
    {
        lock (gate)
            jumped += by;
    }

    /// <summary>Moves the clock forward, firing what becomes due.</summary>
    /// <param name="time">How far; not negative.</param>
    /// <param name="afterEach">Runs after every timer that fired, so that a simulation can settle before the clock moves on.</param>
    public void Advance(TimeSpan time, Action? afterEach = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        var until = new DateTimeOffset(GetTimestamp(), TimeSpan.Zero) + time;
        var fired = 0;
        while (TakeDue(until) is { } timer)
        {
            if (++fired > MostPerAdvance)
                throw new InvalidOperationException($"{fired} timers fired within {time}; the last one is {timer}, due at {timer.DueAt:O}.");
            timer.Fire();
            afterEach?.Invoke();
        }

        lock (gate)
            now = until;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state, Interlocked.Increment(ref created));
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(DateTimeOffset until)
    {
        lock (gate)
        {
            if (timers.Min is not { } timer || timer.DueAt > until)
                return null;

            if (timer.DueAt > now)
                now = timer.DueAt;
            timers.Remove(timer);
            if (timer.Period > TimeSpan.Zero)
            {
                timer.DueAt = now + timer.Period;
                timers.Add(timer);
            }

            return timer;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state, long order) : ITimer
    {
        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public long Order { get; } = order;

        public void Fire() => callback(state);

        public override string ToString() => $"{callback.Method.DeclaringType}.{callback.Method.Name} of {state}";

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                clock.timers.Remove(this);
                Period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;

                DueAt = clock.now + dueTime;
                clock.timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (clock.gate)
                clock.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
