namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.state")]
public interface IStateGrain : IGrainWithStringKey
{
    [Alias("read")]
    Task<CounterView> ReadAsync();

    [Alias("add")]
    Task<int> AddAsync(int number);

    [Alias("add-caught")]
    Task<string> AddAndCatchAsync(int number);

    [Alias("clear")]
    Task ClearAsync();

    [Alias("end")]
    Task EndAsync();

    [Alias("timer-conflict")]
    Task WriteFromTimerAsync();

    [Alias("add-through")]
    Task<int> AddThroughAsync(string otherKey, int number);

    [Alias("activation")]
    Task<string> ActivationAsync();
}

[GenerateSerializer]
[Alias("engine-tests.counter-record")]
public sealed record CounterRecord
{
    [Id(0)]
    public int Total { get; init; }
}

[GenerateSerializer]
[Immutable]
[Alias("engine-tests.counter-view")]
public sealed record CounterView([property: Id(0)] int Total, [property: Id(1)] bool Exists, [property: Id(2)] string? Etag);

[GrainType("state")]
public sealed class StateGrain([PersistentState("counter", "Memory")] IPersistentState<CounterRecord> store) : Grain, IStateGrain
{
    private readonly string activation = Guid.NewGuid().ToString("N");

    public Task<CounterView> ReadAsync() => Task.FromResult(new CounterView(store.State.Total, store.RecordExists, store.Etag));

    public async Task<int> AddAsync(int number)
    {
        store.State = store.State with { Total = store.State.Total + number };
        await store.WriteStateAsync();
        return store.State.Total;
    }

    public async Task<string> AddAndCatchAsync(int number)
    {
        try
        {
            await AddAsync(number);
            return "written";
        }
        catch (Exception exception)
        {
            return exception.GetType().Name;
        }
    }

    public Task ClearAsync() => store.ClearStateAsync();

    public Task EndAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task WriteFromTimerAsync()
    {
        this.RegisterGrainTimer(_ => AddAsync(1), new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Timeout.InfiniteTimeSpan });
        return Task.CompletedTask;
    }

    public Task<int> AddThroughAsync(string otherKey, int number) => GrainFactory.GetGrain<IStateGrain>(otherKey).AddAsync(number);

    public Task<string> ActivationAsync() => Task.FromResult(activation);
}
