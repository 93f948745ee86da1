using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

public sealed class TimerTests(EngineCluster cluster) : IClassFixture<EngineCluster>
{
    private Signals Signals => cluster.Signals;

    [Fact]
    public async Task Timer_ShortPeriod_TicksWithoutOverlap()
    {
        await Grain("periodic").StartAsync(new TimerSettings());

        await TicksAsync("periodic", 5);

        Signals.CountOf("periodic overlap").ShouldBe(0);
        await Grain("periodic").StopAsync();
    }

    [Fact]
    public async Task Timer_InterleavingWithAShortPeriod_TicksWithoutOverlap()
    {
        await Grain("interleaved").StartAsync(new TimerSettings { Interleave = true });

        await TicksAsync("interleaved", 5);

        Signals.CountOf("interleaved overlap").ShouldBe(0);
        await Grain("interleaved").StopAsync();
    }

    [Fact]
    public async Task Timer_InfinitePeriod_TicksOnce()
    {
        await Grain("single").StartAsync(new TimerSettings { Period = Timeout.InfiniteTimeSpan });
        await TicksAsync("single", 1);

        await Grain("clock").StartAsync(new TimerSettings());
        await TicksAsync("clock", 5);

        Signals.CountOf("single tick").ShouldBe(1);
        await Grain("clock").StopAsync();
    }

    [Fact]
    public async Task Timer_WhileACallAwaits_WaitsForItsEnd()
    {
        await Grain("patient").StartAsync(new TimerSettings { DueTime = Timeout.InfiniteTimeSpan });
        var held = Grain("patient").HoldAsync("patient");
        await Signals.ReachedAsync("patient");

        // Changed by a second call, which runs only after the held one: due at once, and still the call that came first ends first.
        var changed = Grain("patient").ChangeAsync(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        Signals.CountOf("patient tick").ShouldBe(0);
        Signals.Release("patient");
        await Task.WhenAll(held, changed);

        await TicksAsync("patient", 1);
    }

    [Fact]
    public async Task Timer_DueDuringACall_TicksAfterIt()
    {
        await Grain("due").StartAsync(new TimerSettings { DueTime = TimeSpan.FromMilliseconds(50), Period = Timeout.InfiniteTimeSpan });
        var held = Grain("due").HoldAsync("due");
        await Signals.ReachedAsync("due");
        await Grain("other").StartAsync(new TimerSettings { DueTime = TimeSpan.FromMilliseconds(100), Period = Timeout.InfiniteTimeSpan });
        await TicksAsync("other", 1);

        Signals.CountOf("due tick").ShouldBe(0);
        Signals.Release("due");
        await held;
        await TicksAsync("due", 1);
    }

    [Fact]
    public async Task Timer_Interleaving_TicksWhileACallAwaits()
    {
        await Grain("beside").StartAsync(new TimerSettings { DueTime = TimeSpan.FromMilliseconds(50), Interleave = true });
        var held = Grain("beside").HoldAsync("beside");
        await Signals.ReachedAsync("beside");

        await TicksAsync("beside", 2);

        held.IsCompleted.ShouldBeFalse();
        Signals.Release("beside");
        await held;
        await Grain("beside").StopAsync();
    }

    [Fact]
    public async Task Timer_TickFails_TicksAgain()
    {
        await Grain("failing").StartAsync(new TimerSettings { Fails = true });
        await TicksAsync("failing", 3);
        await Grain("failing").StopAsync();
    }

    [Fact]
    public async Task Timer_Stopped_TicksNoMore()
    {
        await Grain("stopped").StartAsync(new TimerSettings { Interleave = true });
        await TicksAsync("stopped", 1);
        await Grain("stopped").StopAsync();
        var ticks = Signals.CountOf("stopped tick");

        await Grain("ruler").StartAsync(new TimerSettings());
        await TicksAsync("ruler", 10);

        // One tick may have been on its way when the timer was stopped.
        Signals.CountOf("stopped tick").ShouldBeLessThanOrEqualTo(ticks + 1);
        await Grain("ruler").StopAsync();
    }

    [Fact]
    public async Task Timer_StoppedDuringATick_ThatTickSeesItsTokenEnd()
    {
        await Grain("cancelled").StartAsync(new TimerSettings { Interleave = true, HoldAt = "cancelled" });
        await Signals.ReachedAsync("cancelled");
        await Grain("cancelled").StopAsync();
        Signals.Release("cancelled");
        await Eventually.TrueAsync(() => Signals.CountOf("cancelled tick cancelled") == 1, "the tick sees its token end");
    }

    [Fact]
    public async Task Timer_ActivationEnds_TicksNoMore()
    {
        await Grain("ended").StartAsync(new TimerSettings());
        await TicksAsync("ended", 1);
        await Grain("ended").EndAsync();
        await Grain("metre").StartAsync(new TimerSettings());
        await TicksAsync("metre", 1);
        var ticks = Signals.CountOf("ended tick");

        await TicksAsync("metre", 10);

        Signals.CountOf("ended tick").ShouldBeLessThanOrEqualTo(ticks + 1);
        await Grain("metre").StopAsync();
    }

    [Fact]
    public async Task Timer_Changed_FollowsTheNewTimes()
    {
        await Grain("changed").StartAsync(new TimerSettings { DueTime = TimeSpan.FromHours(1) });
        await Grain("changed").ChangeAsync(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));
        await TicksAsync("changed", 2);
        await Grain("changed").StopAsync();
    }

    private ITimerGrain Grain(string key) => cluster.Grains.GetGrain<ITimerGrain>(key);

    private Task TicksAsync(string key, int count) =>
        Eventually.TrueAsync(() => Signals.CountOf($"{key} tick") >= count, $"{count} ticks of {key}", seen: () => $"{Signals.CountOf($"{key} tick")}");
}
