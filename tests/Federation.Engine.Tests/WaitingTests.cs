using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

/// <summary>Callers that stop waiting: deadlines and cancellation.</summary>
public sealed class WaitingTests : IAsyncLifetime
{
    private EngineCluster? cluster;

    private Signals Signals => cluster!.Signals;

    public async Task InitializeAsync() =>
        cluster = await EngineCluster.StartAsync(EngineCluster.DefaultOptions with { ResponseTimeout = TimeSpan.FromSeconds(2) });

    public Task DisposeAsync() => cluster!.DisposeAsync();

    [Fact]
    public async Task Call_NoAnswerInTime_TimesOutAndTheGrainServesOthersAfterwards()
    {
        var held = Turn("slow").HoldAsync("slow");
        await Signals.ReachedAsync("slow");
        await Should.ThrowAsync<TimeoutException>(() => held);

        Signals.Release("slow");
        (await Turn("slow").EchoAsync("again")).ShouldBe("again");
    }

    [Fact]
    public async Task Call_TimedOutWhileWaitingInLine_NeverRuns()
    {
        var held = Turn("line").HoldAsync("line");
        await Signals.ReachedAsync("line");
        var second = Turn("line").NoteAsync("line second");
        await Should.ThrowAsync<TimeoutException>(() => second);
        await Should.ThrowAsync<TimeoutException>(() => held);

        Signals.Release("line");
        await Turn("line").NoteAsync("line third");

        Signals.CountOf("line second").ShouldBe(0);
    }

    [Fact]
    public async Task Call_BackToAWaitingGrain_TimesOutInsteadOfHangingForGood()
    {
        await Should.ThrowAsync<TimeoutException>(() => Turn("ring-a").CallThroughAsync("ring-b", "ring-a"));
        await Eventually.TrueAsync(AnswersAsync, "the ring is free again");

        async Task<bool> AnswersAsync()
        {
            try
            {
                return await Turn("ring-a").EchoAsync("free") == "free";
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task Call_CallerCancels_BothSidesSeeIt()
    {
        using var cancellation = new CancellationTokenSource();
        var call = Turn("token").WaitForTokenAsync("token", cancellation.Token);
        await Eventually.TrueAsync(() => Signals.CountOf("token waits") == 1, "the grain waits");

        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.TrueAsync(() => Signals.CountOf("token ended on its scheduler: True") == 1, "the grain's token ends");
    }

    [Fact]
    public async Task Call_CancelledWhileWaitingInLine_DoesNotHoldUpTheGrain()
    {
        using var cancellation = new CancellationTokenSource();
        var held = Turn("queue").HoldAsync("queue");
        await Signals.ReachedAsync("queue");
        var second = Turn("queue").WaitForTokenAsync("queue", cancellation.Token);

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => second);
        Signals.Release("queue");
        await held;

        // The distributed engine may still start it, with a token that ends at once; the embedded one does not.
        await Turn("queue").NoteAsync("queue third");
        Signals.CountOf("queue ended on its scheduler: True").ShouldBe(Signals.CountOf("queue waits"));
    }

    [Fact]
    public async Task Call_WithAnEndedToken_NeverRuns()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => Turn("ended").WaitForTokenAsync("ended", cancellation.Token));

        await Turn("ended").NoteAsync("ended second");
        Signals.CountOf("ended waits").ShouldBe(0);
    }

    private ITurnGrain Turn(string key) => cluster!.Grains.GetGrain<ITurnGrain>(key);
}
