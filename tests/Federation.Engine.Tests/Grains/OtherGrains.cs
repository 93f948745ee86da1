using Orleans.Concurrency;

namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.reentrant")]
public interface IReentrantGrain : IGrainWithStringKey
{
    [Alias("hold")]
    Task HoldAsync(string point);

    [Alias("note")]
    Task NoteAsync(string entry);
}

[Reentrant]
[GrainType("reentrant")]
public sealed class ReentrantGrain(Signals signals) : Grain, IReentrantGrain
{
    public Task HoldAsync(string point) => signals.HoldAsync(point);

    public Task NoteAsync(string entry)
    {
        signals.Note(entry);
        return Task.CompletedTask;
    }
}

[Alias("engine-tests.worker")]
public interface IWorkerGrain : IGrainWithStringKey
{
    [Alias("hold")]
    Task HoldAsync(string point);
}

[StatelessWorker(2)]
[GrainType("worker")]
public sealed class WorkerGrain(Signals signals) : Grain, IWorkerGrain
{
    public Task HoldAsync(string point) => signals.HoldAsync(point);
}

[Alias("engine-tests.guid-key")]
public interface IGuidGrain : IGrainWithGuidKey
{
    [Alias("key")]
    Task<Guid> KeyAsync();
}

[Alias("engine-tests.number-key")]
public interface INumberGrain : IGrainWithIntegerKey
{
    [Alias("key")]
    Task<long> KeyAsync();
}

[GrainType("guid-key")]
public sealed class GuidGrain : Grain, IGuidGrain
{
    public Task<Guid> KeyAsync() => Task.FromResult(this.GetPrimaryKey());
}

[GrainType("number-key")]
public sealed class NumberGrain : Grain, INumberGrain
{
    public Task<long> KeyAsync() => Task.FromResult(this.GetPrimaryKeyLong());
}
