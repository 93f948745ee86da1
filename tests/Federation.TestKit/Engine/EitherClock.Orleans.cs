namespace Federation.TestKit.Engine;

/// <summary>
/// A test's own clock, for an engine that would hang on it: the engine takes its timers from the same provider as the grains do. A
/// timer fires when the test's clock says so or when that much real time has passed, whichever comes first.
/// </summary>
internal sealed class EitherClock(TimeProvider tests) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => tests.LocalTimeZone;

    public override long TimestampFrequency => tests.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => tests.GetUtcNow();

    public override long GetTimestamp() => tests.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new EitherTimer(tests, callback, state, dueTime, period);

    private sealed class EitherTimer : ITimer
    {
        private readonly Lock gate = new();
        private readonly TimerCallback callback;
        private readonly object? state;
        private readonly ITimer[] timers;
        private TimeSpan period;

        public EitherTimer(TimeProvider tests, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            this.callback = callback;
            this.state = state;
            timers =
            [
                tests.CreateTimer(static timer => ((EitherTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
                System.CreateTimer(static timer => ((EitherTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
            ];
            Change(dueTime, period);
        }

        public override string ToString() => $"{callback.Method.DeclaringType}.{callback.Method.Name} of {state}";

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (gate)
            {
                this.period = period;
                return Arm(dueTime);
            }
        }

        public void Dispose()
        {
            foreach (var timer in timers)
                timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private bool Arm(TimeSpan dueTime) => Array.TrueForAll(timers, timer => timer.Change(dueTime, Timeout.InfiniteTimeSpan));

        private void Fire()
        {
            lock (gate)
                Arm(period > TimeSpan.Zero ? period : Timeout.InfiniteTimeSpan);
            callback(state);
        }
    }
}
