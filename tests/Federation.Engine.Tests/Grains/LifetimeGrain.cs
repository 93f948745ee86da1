namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.lifetime")]
public interface ILifetimeGrain : IGrainWithStringKey
{
    [Alias("activation")]
    Task<string> ActivationAsync();

    [Alias("end")]
    Task<string> EndAsync();

    [Alias("keep")]
    Task KeepAsync(TimeSpan time);

    [Alias("hold")]
    Task HoldAsync(string point);

    [Alias("end-holding")]
    Task EndAndHoldAsync(string point);
}

/// <summary>Notes its beginnings and ends. A key with "fails" in it cannot be activated until the signal log says "mended".</summary>
[GrainType("lifetime")]
public sealed class LifetimeGrain(Signals signals) : Grain, ILifetimeGrain, IAsyncDisposable
{
    private readonly string activation = Guid.NewGuid().ToString("N");

    private string Key => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (Key.Contains("fails", StringComparison.Ordinal) && signals.CountOf("mended") == 0)
            throw new InvalidOperationException($"{Key} cannot be activated");
        signals.Note($"{Key} activated");
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        signals.Note($"{Key} deactivated: {reason.ReasonCode}");
    }

    public Task<string> ActivationAsync() => Task.FromResult(activation);

    public Task<string> EndAsync()
    {
        DeactivateOnIdle();
        return Task.FromResult(activation);
    }

    public Task KeepAsync(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }

    public Task HoldAsync(string point) => signals.HoldAsync(point);

    public async Task EndAndHoldAsync(string point)
    {
        DeactivateOnIdle();
        await signals.HoldAsync(point);
        signals.Note($"{Key} let go");
    }

    public ValueTask DisposeAsync()
    {
        signals.Note($"{Key} disposed");
        return ValueTask.CompletedTask;
    }
}
