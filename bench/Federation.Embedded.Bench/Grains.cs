namespace Federation.Embedded.Bench;

public interface IBenchGrain : IGrainWithStringKey
{
    Task TouchAsync();

    Task<int> AddAsync(int number);

    Task YieldAsync();

    Task<int> CallOtherAsync(string key, int times);

    Task TokenAsync(CancellationToken cancellationToken);
}

[GrainType("bench")]
public sealed class BenchGrain : Grain, IBenchGrain
{
    private int total;

    public Task TouchAsync() => Task.CompletedTask;

    public Task<int> AddAsync(int number) => Task.FromResult(total += number);

    public async Task YieldAsync() => await Task.Yield();

    public async Task<int> CallOtherAsync(string key, int times)
    {
        var other = GrainFactory.GetGrain<IBenchGrain>(key);
        for (var i = 0; i < times; i++)
            await other.AddAsync(1);
        return times;
    }

    public Task TokenAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
