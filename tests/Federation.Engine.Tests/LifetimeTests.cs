using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

public sealed class LifetimeTests(EngineCluster cluster) : IClassFixture<EngineCluster>
{
    private Signals Signals => cluster.Signals;

    [Fact]
    public async Task Activate_FirstCalls_RunsOnceBeforeThem()
    {
        var activations = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Grain("once").ActivationAsync()));

        activations.Distinct().Count().ShouldBe(1);
        Signals.CountOf("once activated").ShouldBe(1);
    }

    [Fact]
    public async Task Activate_Fails_CallersLearnItAndALaterCallTriesAgain()
    {
        await using var own = await EngineCluster.StartAsync();
        var grain = own.Grains.GetGrain<ILifetimeGrain>("fails");

        var failure = await Should.ThrowAsync<Exception>(grain.ActivationAsync);
        failure.ToString().ShouldContain("fails cannot be activated");

        own.Signals.Note("mended");
        await Eventually.TrueAsync(() => SucceedsAsync(grain.ActivationAsync), "an activation after the failure");
    }

    [Fact]
    public async Task Deactivate_OnIdle_EndsItAndTheNextCallStartsAnother()
    {
        var first = await Grain("idle").EndAsync();
        var second = await Grain("idle").ActivationAsync();

        second.ShouldNotBe(first);
        Of("idle").ShouldBe(["idle activated", "idle deactivated: ApplicationRequested", "idle disposed", "idle activated"]);
    }

    [Fact]
    public async Task Deactivate_DuringACall_LetsItFinishAndStartsNoOther()
    {
        var held = Grain("busy").EndAndHoldAsync("busy");
        await Signals.ReachedAsync("busy");
        var next = Grain("busy").ActivationAsync();

        Signals.Release("busy");
        await held;
        await next;

        Of("busy").ShouldBe(["busy activated", "busy let go", "busy deactivated: ApplicationRequested", "busy disposed", "busy activated"]);
    }

    [Fact]
    public async Task Collect_UnusedForTheCollectionAge_EndsItUnlessItAskedToStay()
    {
        await using var own = await EngineCluster.StartAsync(ShortLived);
        await own.Grains.GetGrain<ILifetimeGrain>("kept").KeepAsync(TimeSpan.FromHours(1));
        await own.Grains.GetGrain<ILifetimeGrain>("unused").ActivationAsync();

        await Eventually.TrueAsync(() => own.Signals.CountOf("unused deactivated: ActivationIdle") == 1, "the unused grain ends");

        own.Signals.CountOf("kept activated").ShouldBe(1);
        own.Signals.Log.ShouldNotContain(entry => entry.StartsWith("kept deactivated", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Collect_WhileACallAwaits_KeepsIt()
    {
        await using var own = await EngineCluster.StartAsync(ShortLived);
        var held = own.Grains.GetGrain<ILifetimeGrain>("working").HoldAsync("working");
        await own.Signals.ReachedAsync("working");
        await own.Grains.GetGrain<ILifetimeGrain>("unused").ActivationAsync();

        await Eventually.TrueAsync(() => own.Signals.CountOf("unused deactivated: ActivationIdle") == 1, "the unused grain ends");

        own.Signals.CountOf("working disposed").ShouldBe(0);
        own.Signals.Release("working");
        await held;
    }

    [Fact]
    public async Task Stop_ActiveGrains_DeactivatesEach()
    {
        await using var own = await EngineCluster.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => own.Grains.GetGrain<ILifetimeGrain>($"stop-{number}").ActivationAsync()));

        await own.RestartAsync();

        foreach (var number in Enumerable.Range(0, 10))
            own.Signals.CountOf($"stop-{number} deactivated: ShuttingDown").ShouldBe(1);
        await own.Grains.GetGrain<ILifetimeGrain>("stop-0").ActivationAsync();
        own.Signals.CountOf("stop-0 activated").ShouldBe(2);
    }

    [Fact]
    public async Task Crash_ActiveGrains_LoseMemoryAndKeepState()
    {
        await using var own = await EngineCluster.StartAsync();
        await own.Grains.GetGrain<ILifetimeGrain>("crash").ActivationAsync();
        await own.Grains.GetGrain<IStateGrain>("crash").AddAsync(7);

        await own.CrashAsync();

        (await own.Grains.GetGrain<IStateGrain>("crash").ReadAsync()).Total.ShouldBe(7);
        await own.Grains.GetGrain<ILifetimeGrain>("crash").ActivationAsync();
        own.Signals.CountOf("crash activated").ShouldBe(2);
    }

    private static readonly TestKit.Engine.GrainTestClusterOptions ShortLived = EngineCluster.DefaultOptions with
    {
        CollectionAge = TimeSpan.FromSeconds(2),
        CollectionQuantum = TimeSpan.FromSeconds(1),
    };

    private static async Task<bool> SucceedsAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private ILifetimeGrain Grain(string key) => cluster.Grains.GetGrain<ILifetimeGrain>(key);

    private IEnumerable<string> Of(string key) => Signals.Log.Where(entry => entry.StartsWith($"{key} ", StringComparison.Ordinal));
}
