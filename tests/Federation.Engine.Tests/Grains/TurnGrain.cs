using Orleans.Concurrency;

namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.turn")]
public interface ITurnGrain : IGrainWithStringKey
{
    [Alias("echo")]
    Task<string> EchoAsync(string text);

    [Alias("hold")]
    Task HoldAsync(string point);

    [Alias("note")]
    Task NoteAsync(string entry);

    [Alias("note-interleaved")]
    [AlwaysInterleave]
    Task NoteInterleavedAsync(string entry);

    [Alias("read-hold")]
    [ReadOnly]
    Task ReadAndHoldAsync(string point);

    [Alias("read-note")]
    [ReadOnly]
    Task ReadAndNoteAsync(string entry);

    [Alias("one-way-hold")]
    [OneWay]
    Task OneWayHoldAsync(string point);

    [Alias("one-way-fail")]
    [OneWay]
    Task OneWayFailAsync();

    [Alias("overlap")]
    Task<int> MostAtOnceAsync();

    [Alias("stays-on-scheduler")]
    Task<bool> StaysOnItsSchedulerAsync();

    [Alias("fail")]
    Task FailAsync(string message, bool afterAwait);

    [Alias("fail-cancelled")]
    Task CancelItselfAsync();

    [Alias("value-task")]
    ValueTask<int> SquareAsync(int number);

    [Alias("value-task-void")]
    ValueTask TouchAsync();

    [Alias("call-other")]
    Task<string> CallThroughAsync(string otherKey, string backKey);

    [Alias("wait-token")]
    Task WaitForTokenAsync(string name, CancellationToken cancellationToken);

    [Alias("context")]
    Task<string> ContextThroughAsync(string? otherKey);

    [Alias("self")]
    Task<ITurnGrain> SelfAsync();

    [Alias("echo-of")]
    Task<string> EchoOfAsync(ITurnGrain other, string text);
}

[GrainType("turn")]
public sealed class TurnGrain(Signals signals) : Grain, ITurnGrain
{
    private int running;
    private int mostAtOnce;

    public Task<string> EchoAsync(string text) => Task.FromResult(text);

    public async Task HoldAsync(string point)
    {
        await signals.HoldAsync(point);
        signals.Note($"{point} done");
    }

    public Task NoteAsync(string entry)
    {
        signals.Note(entry);
        return Task.CompletedTask;
    }

    public Task NoteInterleavedAsync(string entry) => NoteAsync(entry);

    public Task ReadAndHoldAsync(string point) => signals.HoldAsync(point);

    public Task ReadAndNoteAsync(string entry) => NoteAsync(entry);

    public Task OneWayHoldAsync(string point) => HoldAsync(point);

    public Task OneWayFailAsync() => throw new InvalidOperationException("nobody learns of this");

    public async Task<int> MostAtOnceAsync()
    {
        mostAtOnce = Math.Max(mostAtOnce, ++running);
        await Task.Yield();
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        running--;
        return mostAtOnce;
    }

    public async Task<bool> StaysOnItsSchedulerAsync()
    {
        var scheduler = TaskScheduler.Current;
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        await Task.Yield();
        return scheduler != TaskScheduler.Default && TaskScheduler.Current == scheduler;
    }

    public async Task FailAsync(string message, bool afterAwait)
    {
        if (afterAwait)
            await Task.Yield();
        throw new InvalidOperationException(message);
    }

    public Task CancelItselfAsync() => throw new OperationCanceledException("by the grain itself");

    public ValueTask<int> SquareAsync(int number) => ValueTask.FromResult(number * number);

    public async ValueTask TouchAsync() => await Task.Yield();

    public async Task<string> CallThroughAsync(string otherKey, string backKey)
    {
        var other = GrainFactory.GetGrain<ITurnGrain>(otherKey);
        return backKey.Length == 0 ? await other.EchoAsync(otherKey) : await other.CallThroughAsync(backKey, "");
    }

    public async Task WaitForTokenAsync(string name, CancellationToken cancellationToken)
    {
        signals.Note($"{name} waits");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        finally
        {
            signals.Note($"{name} ended on its scheduler: {TaskScheduler.Current != TaskScheduler.Default}");
        }
    }

    public async Task<string> ContextThroughAsync(string? otherKey)
    {
        var here = RequestContext.Get("trace") as string ?? "none";
        RequestContext.Set("trace", here + ">");
        return otherKey is null ? here : await GrainFactory.GetGrain<ITurnGrain>(otherKey).ContextThroughAsync(null);
    }

    public Task<ITurnGrain> SelfAsync() => Task.FromResult(this.AsReference<ITurnGrain>());

    public Task<string> EchoOfAsync(ITurnGrain other, string text) => other.EchoAsync(text);
}
