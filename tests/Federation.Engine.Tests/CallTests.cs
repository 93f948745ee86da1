using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

public sealed class CallTests(EngineCluster cluster) : IClassFixture<EngineCluster>
{
    private Signals Signals => cluster.Signals;

    [Fact]
    public async Task Call_MethodWithResult_ReturnsIt() => (await Turn("echo").EchoAsync("hello")).ShouldBe("hello");

    [Fact]
    public async Task Call_ValueTasks_ReturnTheirResult()
    {
        await Turn("value").TouchAsync();
        (await Turn("value").SquareAsync(7)).ShouldBe(49);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_GrainThrows_CallerGetsTheException(bool afterAwait)
    {
        var failure = await Should.ThrowAsync<InvalidOperationException>(() => Turn("fail").FailAsync("no such thing", afterAwait));
        failure.Message.ShouldBe("no such thing");
        (await Turn("fail").EchoAsync("still there")).ShouldBe("still there");
    }

    [Fact]
    public async Task Call_GrainCancelsItself_CallerGetsCancellation() =>
        await Should.ThrowAsync<OperationCanceledException>(() => Turn("cancels").CancelItselfAsync());

    [Fact]
    public async Task Call_FiftyAtOnce_RunOneAtATime()
    {
        var most = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Turn("many").MostAtOnceAsync()));
        most.Max().ShouldBe(1);
    }

    [Fact]
    public async Task Call_GrainAwaits_ContinuesOnItsOwnScheduler() => (await Turn("scheduler").StaysOnItsSchedulerAsync()).ShouldBeTrue();

    [Fact]
    public async Task Call_WhileAnotherAwaits_WaitsForItsEnd()
    {
        var held = Turn("exclusive").HoldAsync("exclusive");
        await Signals.ReachedAsync("exclusive");
        var second = Turn("exclusive").NoteAsync("exclusive second");

        // A call to the same grain that may interleave is answered, so the second call has had its chance by then.
        await Turn("exclusive").NoteInterleavedAsync("exclusive interleaved");
        Signals.CountOf("exclusive second").ShouldBe(0);

        Signals.Release("exclusive");
        await Task.WhenAll(held, second);
        Order("exclusive interleaved", "exclusive done", "exclusive second");
    }

    [Fact]
    public async Task Call_ReentrantGrainAwaits_RunsBesideIt()
    {
        var grain = cluster.Grains.GetGrain<IReentrantGrain>("reentrant");
        var held = grain.HoldAsync("reentrant");
        await Signals.ReachedAsync("reentrant");

        await grain.NoteAsync("reentrant second");

        held.IsCompleted.ShouldBeFalse();
        Signals.Release("reentrant");
        await held;
    }

    [Fact]
    public async Task Call_ReadOnlyBesideReadOnly_RunsAtOnce()
    {
        var held = Turn("readers").ReadAndHoldAsync("readers");
        await Signals.ReachedAsync("readers");

        await Turn("readers").ReadAndNoteAsync("readers second");

        held.IsCompleted.ShouldBeFalse();
        Signals.Release("readers");
        await held;
    }

    [Fact]
    public async Task Call_WriteBesideReadOnly_Waits()
    {
        var held = Turn("writer").ReadAndHoldAsync("writer");
        await Signals.ReachedAsync("writer");
        var write = Turn("writer").NoteAsync("writer write");
        await Turn("writer").NoteInterleavedAsync("writer interleaved");
        Signals.CountOf("writer write").ShouldBe(0);

        Signals.Release("writer");
        await Task.WhenAll(held, write);
    }

    [Fact]
    public async Task Call_OneWay_DoesNotWaitForTheGrain()
    {
        var call = Turn("one-way").OneWayHoldAsync("one-way");
        await call;
        await Signals.ReachedAsync("one-way");
        Signals.CountOf("one-way done").ShouldBe(0);

        Signals.Release("one-way");
        await Eventually.TrueAsync(() => Signals.CountOf("one-way done") == 1, "the one-way call ends");
    }

    [Fact]
    public async Task Call_OneWayFails_CallerAndGrainGoOn()
    {
        await Turn("one-way-fail").OneWayFailAsync();
        (await Turn("one-way-fail").EchoAsync("fine")).ShouldBe("fine");
    }

    [Fact]
    public async Task Call_ThroughAnotherGrain_ReturnsItsAnswer() => (await Turn("front").CallThroughAsync("back", "")).ShouldBe("back");

    [Fact]
    public async Task Call_StatelessWorkers_WorkSideBySideUpToTheirNumber()
    {
        var grain = cluster.Grains.GetGrain<IWorkerGrain>("workers");
        var first = grain.HoldAsync("worker-1");
        await Signals.ReachedAsync("worker-1");
        var second = grain.HoldAsync("worker-2");
        await Signals.ReachedAsync("worker-2");
        var third = grain.HoldAsync("worker-3");

        Signals.Release("worker-1");
        await first;
        await Signals.ReachedAsync("worker-3");

        Signals.Release("worker-2");
        Signals.Release("worker-3");
        await Task.WhenAll(second, third);
    }

    private ITurnGrain Turn(string key) => cluster.Grains.GetGrain<ITurnGrain>(key);

    private void Order(params string[] entries) => Signals.Log.Where(entries.Contains).ShouldBe(entries);
}
