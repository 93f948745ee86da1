using System.Collections.Concurrent;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Embedded.Tests;

public sealed class EngineTests
{
    private readonly Trace trace = new();

    [Fact]
    public async Task Call_FromOneCaller_RunInOrder()
    {
        using var engine = Start();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(number => engine.GetGrain<ISimGrain>("a").NoteAsync($"{number}")));
        trace.Log.ShouldBe(Enumerable.Range(0, 1000).Select(number => $"{number}"));
    }

    [Fact]
    public async Task Call_FromManyThreads_EachRunsOnceAndAlone()
    {
        using var engine = Start();
        await Parallel.ForAsync(0, 4, async (_, _) =>
        {
            for (var i = 0; i < 3000; i++)
                await engine.GetGrain<ISimGrain>($"{i % 3}").TouchAsync();
        });

        for (var i = 0; i < 3; i++)
            (await engine.GetGrain<ISimGrain>($"{i}").TouchAsync()).ShouldBe(4001);
    }

    [Fact]
    public async Task Call_AfterStop_IsRefused()
    {
        using var engine = Start();
        await engine.GetGrain<ISimGrain>("a").NoteAsync("x");
        await engine.StopAsync(CancellationToken.None);

        await Should.ThrowAsync<SiloUnavailableException>(() => engine.GetGrain<ISimGrain>("a").NoteAsync("y"));
        trace.Log.ShouldBe(["x", "a ended: ShuttingDown"]);
    }

    [Fact]
    public async Task Stop_GrainThatNeverEnds_IsDroppedAtTheDeadline()
    {
        var time = new ManualTimeProvider();
        using var engine = Start(time);
        var held = engine.GetGrain<ISimGrain>("stuck").HoldAsync();
        await Eventually.TrueAsync(() => trace.Log.Contains("stuck holds"), "the grain holds");

        var stop = engine.StopAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(9));
        stop.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        await stop.WaitAsync(TimeSpan.FromSeconds(30));

        await Should.ThrowAsync<SiloUnavailableException>(() => held);
        trace.Log.ShouldNotContain("stuck ended: ShuttingDown");
    }

    [Fact]
    public async Task Timer_DueAgainBeforeItsTickRan_NoCallBehindItIsLost()
    {
        var time = new FiringTimeProvider();
        using var engine = Start(time);
        var grain = engine.GetGrain<ISimGrain>("a");
        await grain.TickAsync(TimeSpan.FromHours(1));
        var held = grain.HoldAsync();
        await Eventually.TrueAsync(() => trace.Log.Contains("a holds"), "the grain is busy");

        time.Fire();
        var behind = grain.NoteAsync("behind the tick");
        time.Fire();
        trace.Gate.SetResult();

        await held.WaitAsync(TimeSpan.FromSeconds(60));
        await behind.WaitAsync(TimeSpan.FromSeconds(60));
        trace.Log.Count(entry => entry.StartsWith("a tick", StringComparison.Ordinal)).ShouldBe(1);
        time.DueTimes[^1].ShouldBe(TimeSpan.Zero, "the second one is owed");
    }

    [Fact]
    public void GetGrain_InterfaceWithoutAClass_SaysWhatIsMissing()
    {
        using var engine = Start();
        Should.Throw<ArgumentException>(() => engine.GetGrain<INobodysGrain>("a")).Message.ShouldContain("AddEmbeddedGrains");
    }

    [Fact]
    public void GetGrain_EmptyKey_IsRefused()
    {
        using var engine = Start();
        Should.Throw<ArgumentException>(() => engine.GetGrain<ISimGrain>(" "));
    }

    [Fact]
    public async Task Activations_HundredThousand_CostLittleAndAreAllCollected()
    {
        const int Count = 100_000;
        var time = new ManualTimeProvider();
        using var engine = Start(time);
        await engine.GetGrain<ISimGrain>("warm").NoteAsync("x");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var i = 0; i < Count; i++)
            await engine.GetGrain<ISimGrain>($"grain-{i}").TouchAsync();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;

        engine.ActivationCount.ShouldBe(Count + 1);
        bytes.ShouldBeLessThan(1024, "bytes per activation");

        time.Advance(TimeSpan.FromMinutes(17));
        await Eventually.TrueAsync(() => engine.ActivationCount == 0, "every grain is collected", seen: () => $"{engine.ActivationCount} left");
    }

    /// <summary>Timers that are due when the test says so, however they are set: a clock's thread may be that late, or that early.</summary>
    private sealed class FiringTimeProvider : TimeProvider
    {
        private Action? last;

        public ConcurrentStack<TimeSpan> Due { get; } = new();

        public IReadOnlyList<TimeSpan> DueTimes => [.. Due.Reverse()];

        public void Fire() => last!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == TimeSpan.FromHours(1))
                last = () => callback(state);
            return new Set(this);
        }

        private sealed class Set(FiringTimeProvider clock) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                clock.Due.Push(dueTime);
                return true;
            }

            public void Dispose()
            {
                // Nothing runs by itself.
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    private EmbeddedGrainEngine Start(TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(trace);
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddEmbeddedGrains(options => options.GrainAssemblies.Add(typeof(SimGrain).Assembly));
        return services.BuildServiceProvider().GetRequiredService<EmbeddedGrainEngine>();
    }
}

public interface INobodysGrain : IGrainWithStringKey;
