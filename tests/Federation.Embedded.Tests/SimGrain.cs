namespace Federation.Embedded.Tests;

/// <summary>What the grains of these tests share with the test: a log, and points at which a grain waits.</summary>
public sealed class Trace
{
    public List<string> Log { get; } = [];

    public TaskCompletionSource Gate { get; } = new();
}

public interface ISimGrain : IGrainWithStringKey
{
    Task NoteAsync(string entry);

    Task StepsAsync(string name, int count);

    Task<int> TouchAsync();

    Task<string> AskAsync(string otherKey, string entry);

    Task HoldAsync();

    Task SleepAsync(TimeSpan duration);

    Task SleepUntilCancelledAsync(CancellationToken cancellationToken);

    Task TickAsync(TimeSpan period);
}

[GrainType("sim")]
public sealed class SimGrain(Trace trace, TimeProvider time) : Grain, ISimGrain
{
    private int running;
    private int touched;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        trace.Log.Add($"{Key} ended: {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task NoteAsync(string entry)
    {
        trace.Log.Add(entry);
        return Task.CompletedTask;
    }

    public async Task StepsAsync(string name, int count)
    {
        for (var i = 0; i < count; i++)
        {
            trace.Log.Add($"{name} {i}");
            await Task.Yield();
        }
    }

    /// <summary>How often it was touched, by a count that two turns at once would spoil.</summary>
    public Task<int> TouchAsync()
    {
        if (Interlocked.Increment(ref running) > 1)
            throw new InvalidOperationException("two turns at once");
        touched++;
        Interlocked.Decrement(ref running);
        return Task.FromResult(touched);
    }

    public async Task<string> AskAsync(string otherKey, string entry)
    {
        await GrainFactory.GetGrain<ISimGrain>(otherKey).NoteAsync(entry);
        return $"{Key} asked {otherKey}";
    }

    public async Task HoldAsync()
    {
        trace.Log.Add($"{Key} holds");
        await trace.Gate.Task;
        trace.Log.Add($"{Key} goes on");
    }

    public async Task SleepAsync(TimeSpan duration)
    {
        await Task.Delay(duration, time);
        trace.Log.Add($"{Key} woke {time.GetUtcNow():HH:mm:ss}");
    }

    public async Task SleepUntilCancelledAsync(CancellationToken cancellationToken)
    {
        trace.Log.Add($"{Key} sleeps");
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    public Task TickAsync(TimeSpan period)
    {
        this.RegisterGrainTimer(_ => NoteAsync($"{Key} tick {time.GetUtcNow():HH:mm:ss}"), new GrainTimerCreationOptions { DueTime = period, Period = period });
        return Task.CompletedTask;
    }
}
