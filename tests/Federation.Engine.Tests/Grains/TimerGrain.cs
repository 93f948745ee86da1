namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.timer")]
public interface ITimerGrain : IGrainWithStringKey
{
    [Alias("start")]
    Task StartAsync(TimerSettings settings);

    [Alias("change")]
    Task ChangeAsync(TimeSpan dueTime, TimeSpan period);

    [Alias("stop")]
    Task StopAsync();

    [Alias("hold")]
    Task HoldAsync(string point);

    [Alias("end")]
    Task EndAsync();
}

[GenerateSerializer]
[Alias("engine-tests.timer-settings")]
public sealed record TimerSettings
{
    [Id(0)]
    public TimeSpan DueTime { get; init; }

    [Id(1)]
    public TimeSpan Period { get; init; } = TimeSpan.FromMilliseconds(5);

    [Id(2)]
    public bool Interleave { get; init; }

    [Id(3)]
    public bool Fails { get; init; }

    /// <summary>A tick stays at this point until released.</summary>
    [Id(4)]
    public string? HoldAt { get; init; }
}

/// <summary>Notes "{key} tick" at the start of each tick and "{key} overlap" if another one was under way.</summary>
[GrainType("timer")]
public sealed class TimerGrain(Signals signals) : Grain, ITimerGrain
{
    private IGrainTimer? timer;
    private int ticking;

    private string Key => this.GetPrimaryKeyString();

    public Task StartAsync(TimerSettings settings)
    {
        timer = this.RegisterGrainTimer(
            cancellationToken => TickAsync(settings, cancellationToken),
            new GrainTimerCreationOptions { DueTime = settings.DueTime, Period = settings.Period, Interleave = settings.Interleave });
        return Task.CompletedTask;
    }

    public Task ChangeAsync(TimeSpan dueTime, TimeSpan period)
    {
        timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public Task StopAsync()
    {
        timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task HoldAsync(string point) => signals.HoldAsync(point);

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private async Task TickAsync(TimerSettings settings, CancellationToken cancellationToken)
    {
        signals.Note($"{Key} tick");
        if (ticking++ > 0)
            signals.Note($"{Key} overlap");
        if (settings.HoldAt is { } point)
            await signals.HoldAsync(point);
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        ticking--;
        if (cancellationToken.IsCancellationRequested)
            signals.Note($"{Key} tick cancelled");
        if (settings.Fails)
            throw new InvalidOperationException("a tick that fails");
    }
}
