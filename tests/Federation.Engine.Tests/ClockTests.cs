using Federation.Engine.Tests.Grains;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

/// <summary>Grains on a clock that the test moves.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider time = new();
    private EngineCluster? cluster;

    private Signals Signals => cluster!.Signals;

    public async Task InitializeAsync() => cluster = await EngineCluster.StartAsync(clock: time);

    public Task DisposeAsync() => cluster!.DisposeAsync();

    [Fact]
    public async Task Timer_ClockOfTheTest_TicksWhenThatClockSaysSo()
    {
        await Grain("manual").StartAsync(new TimerSettings { DueTime = TimeSpan.FromSeconds(40), Period = Timeout.InfiniteTimeSpan });
        await AdvanceAsync(TimeSpan.FromSeconds(39));
        await Grain("manual").ChangeAsync(TimeSpan.FromSeconds(50), Timeout.InfiniteTimeSpan);
        await AdvanceAsync(TimeSpan.FromSeconds(49));
        await Grain("manual").ChangeAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Signals.CountOf("manual tick").ShouldBe(0);

        Signals.Release("turn");
        for (var tick = 1; tick <= 3; tick++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(1));
            await Eventually.TrueAsync(() => Signals.CountOf("manual tick") == tick, $"tick {tick}");
            // Answered in a turn after the tick's own, at whose end the next one is set.
            await Grain("manual").HoldAsync("turn");
        }
    }

    [Fact]
    public async Task Advance_ManyTimesFarAhead_EndsAndTheGrainsStillAnswer()
    {
        for (var hour = 0; hour < 48; hour++)
            await AdvanceAsync(TimeSpan.FromHours(1));

        await Grain("far").StartAsync(new TimerSettings { DueTime = TimeSpan.FromSeconds(1), Period = Timeout.InfiniteTimeSpan });
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => Signals.CountOf("far tick") == 1, "the tick");
    }

    /// <summary>On a thread of its own: an engine that re-arms its timers without end must fail the test and not hang it.</summary>
    private Task AdvanceAsync(TimeSpan by) => Task.Run(() => time.Advance(by)).WaitAsync(Patience);

    private ITimerGrain Grain(string key) => cluster!.Grains.GetGrain<ITimerGrain>(key);
}
