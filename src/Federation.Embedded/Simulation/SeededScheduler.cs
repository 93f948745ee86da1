using Federation.Embedded.Engine;
using Federation.Embedded.Engine.Activations;

namespace Federation.Embedded.Simulation;

/// <summary>
/// Runs all turns of one or more engines on the calling thread, one at a time, in an order drawn from a seed: the same seed and the
/// same program give the same interleaving. Calls on their way overtake each other, as they may on the distributed engine.
/// </summary>
/// <remarks>
/// Outside that promise is work that leaves the scheduler: Task.Run, real I/O, ConfigureAwait(false), and Task.WhenAll or WaitAsync
/// over a completion source that runs its continuations asynchronously.
/// </remarks>
public sealed class SeededScheduler : ITurnExecutor
{
    private readonly Random random;
    private readonly List<(TurnQueue Queue, ITurn? Delivery)> ready = [];
    private readonly Lock gate = new();

    /// <param name="seed">Print it when a test fails; it is all that is needed to repeat the run.</param>
    public SeededScheduler(int seed)
    {
        Seed = seed;
#pragma warning disable CA5394 // Reproducible, not secret.
        random = new Random(seed);
#pragma warning restore CA5394
    }

    public int Seed { get; }

    /// <summary>Deliveries and turns so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Brings one call to its queue or runs one turn, drawn from all there are; false when there is nothing to do.</summary>
    public bool Step()
    {
        (TurnQueue Queue, ITurn? Delivery) next;
        lock (gate)
        {
            if (ready.Count == 0)
                return false;

#pragma warning disable CA5394
            var index = random.Next(ready.Count);
#pragma warning restore CA5394
            next = ready[index];
            ready.RemoveAt(index);
        }

        Steps++;
        if (next.Delivery is { } turn)
            next.Queue.Post(turn);
        else
            next.Queue.Run(limit: 1);
        return true;
    }

    /// <summary>Runs turns until no queue has work; returns how many.</summary>
    public int RunUntilIdle()
    {
        var steps = 0;
        while (Step())
            steps++;
        return steps;
    }

    /// <summary>Starts code outside the grains, a test's driver for example, as turns of a queue of its own.</summary>
    public Task Start(Func<Task> code) => new SimulatedProcess(this, CancellationToken.None).Start(code);

    /// <summary>Starts code outside the grains that has a result.</summary>
    public Task<T> Start<T>(Func<Task<T>> code) => new SimulatedProcess(this, CancellationToken.None).Start(code);

    /// <summary>Every caller runs on a queue of this scheduler and goes on there; a detour over the thread pool would lose the order.</summary>
    TaskCreationOptions ITurnExecutor.CompletionOptions => TaskCreationOptions.None;

    void ITurnExecutor.Schedule(TurnQueue queue)
    {
        lock (gate)
            ready.Add((queue, null));
    }

    void ITurnExecutor.Deliver(TurnQueue queue, ITurn turn)
    {
        lock (gate)
            ready.Add((queue, turn));
    }
}
