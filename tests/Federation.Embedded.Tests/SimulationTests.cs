using Federation.TestKit.Engine;
using Microsoft.Extensions.DependencyInjection;

namespace Federation.Embedded.Tests;

public sealed class SimulationTests
{
    private static readonly GrainTestClusterOptions Options = new() { GrainAssemblies = [typeof(SimGrain).Assembly] };

    [Fact]
    public void Run_SameSeed_TakesTheSameCourse()
    {
        for (var seed = 0; seed < 20; seed++)
            Scenario(seed).ShouldBe(Scenario(seed), $"seed {seed}");
    }

    [Fact]
    public void Run_OtherSeeds_TakeOtherCourses() =>
        Enumerable.Range(0, 20).Select(seed => string.Join('|', Scenario(seed))).Distinct().Count().ShouldBeGreaterThan(10);

    [Fact]
    public void Run_TwoCallsOnTheirWay_ArriveInEitherOrder()
    {
        var orders = Enumerable.Range(0, 20).Select(seed =>
        {
            var (cluster, trace) = Start(seed);
            using (cluster)
                cluster.Run(() => Task.WhenAll(Sim(cluster, "a").NoteAsync("first"), Sim(cluster, "a").NoteAsync("second")));
            return string.Join(' ', trace.Log);
        });

        orders.Distinct().Order().ShouldBe(["first second", "second first"]);
    }

    [Fact]
    public void Run_CallsWithAwaits_NeverInterleaveWithinAGrain()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var (cluster, trace) = Start(seed);
            using (cluster)
                cluster.Run(() => Task.WhenAll(Sim(cluster, "one").StepsAsync("x", 5), Sim(cluster, "one").StepsAsync("y", 5)));
            string.Join(' ', trace.Log).ShouldBeOneOf("x 0 x 1 x 2 x 3 x 4 y 0 y 1 y 2 y 3 y 4", "y 0 y 1 y 2 y 3 y 4 x 0 x 1 x 2 x 3 x 4");
        }
    }

    [Fact]
    public void Run_GrainSleeps_MovesTheClockAndNoOther()
    {
        var (cluster, trace) = Start(1);
        using (cluster)
            cluster.Run(() => Sim(cluster, "a").SleepAsync(TimeSpan.FromSeconds(7)));
        trace.Log.ShouldBe(["a woke 00:00:07"]);
    }

    [Fact]
    public void Run_CodeThatWaitsForNothing_SaysSo()
    {
        var (cluster, _) = Start(1, Options with { CollectionQuantum = Timeout.InfiniteTimeSpan });
        using (cluster)
            Should.Throw<InvalidOperationException>(() => cluster.Run(() => new TaskCompletionSource().Task)).Message.ShouldContain("nothing can happen");
    }

    [Fact]
    public void Advance_GrainTimer_TicksAtExactTimes()
    {
        var (cluster, trace) = Start(1);
        using (cluster)
        {
            cluster.Run(() => Sim(cluster, "a").TickAsync(TimeSpan.FromSeconds(10)));
            cluster.Advance(TimeSpan.FromSeconds(35));
        }

        trace.Log.ShouldBe(["a tick 00:00:10", "a tick 00:00:20", "a tick 00:00:30"]);
    }

    [Fact]
    public void Run_NoAnswer_TimesOutExactlyAtTheResponseTimeout()
    {
        var (cluster, _) = Start(1);
        using (cluster)
        {
            Should.Throw<TimeoutException>(() => cluster.Run(() => Sim(cluster, "a").HoldAsync()));
            cluster.Time.GetUtcNow().TimeOfDay.ShouldBe(Options.ResponseTimeout);
        }
    }

    [Fact]
    public void Run_CancelledInLine_NeverRuns()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var (cluster, trace) = Start(seed);
            using var cancellation = new CancellationTokenSource();
            using (cluster)
            {
                var held = cluster.Scheduler.Start(() => Sim(cluster, "a").HoldAsync());
                cluster.Scheduler.RunUntilIdle();
                var second = cluster.Scheduler.Start(() => Sim(cluster, "a").SleepUntilCancelledAsync(cancellation.Token));
                cluster.Scheduler.RunUntilIdle();
                cancellation.Cancel();
                trace.Gate.SetResult();
                cluster.Scheduler.RunUntilIdle();
                held.IsCompletedSuccessfully.ShouldBeTrue();
                second.IsCanceled.ShouldBeTrue();
            }

            trace.Log.ShouldBe(["a holds", "a goes on"]);
        }
    }

    [Fact]
    public void Advance_PastTheCollectionAge_EndsUnusedGrainsOnly()
    {
        var (cluster, trace) = Start(1);
        using (cluster)
        {
            cluster.Run(() => Sim(cluster, "old").NoteAsync("hello"));
            cluster.Advance(TimeSpan.FromMinutes(10));
            cluster.Run(() => Sim(cluster, "young").NoteAsync("hello"));
            cluster.Advance(TimeSpan.FromMinutes(8));
            cluster.Engine.ActivationCount.ShouldBe(1);
        }

        trace.Log.ShouldBe(["hello", "hello", "old ended: ActivationIdle"]);
    }

    [Fact]
    public void Crash_GrainHalfWay_NeverGoesOnAndItsCallerIsTold()
    {
        var (cluster, trace) = Start(1);
        using (cluster)
        {
            var call = cluster.Scheduler.Start(() => Sim(cluster, "a").HoldAsync());
            cluster.Scheduler.RunUntilIdle();

            cluster.Crash();
            trace.Gate.SetResult();
            cluster.Scheduler.RunUntilIdle();

            call.Exception!.InnerException.ShouldBeOfType<SiloUnavailableException>();
            trace.Log.ShouldBe(["a holds"]);
            cluster.Run(() => Sim(cluster, "a").NoteAsync("new life"));
            trace.Log.ShouldBe(["a holds", "new life"]);
        }
    }

    private static List<string> Scenario(int seed)
    {
        var (cluster, trace) = Start(seed);
        using (cluster)
        {
            cluster.Run(() => Task.WhenAll(Enumerable.Range(0, 6).Select(number => number % 2 == 0
                ? Sim(cluster, $"{number % 3}").StepsAsync($"s{number}", 4)
                : Sim(cluster, $"{number % 3}").AskAsync("other", $"n{number}"))));
        }

        return trace.Log;
    }

    private static ISimGrain Sim(SimulatedGrainCluster cluster, string key) => cluster.GrainFactory.GetGrain<ISimGrain>(key);

    private static (SimulatedGrainCluster Cluster, Trace Trace) Start(int seed, GrainTestClusterOptions? options = null)
    {
        var trace = new Trace();
        return (new SimulatedGrainCluster(seed, options ?? Options, services => services.AddSingleton(trace)), trace);
    }
}
