using Federation.Embedded.Engine.Activations;

namespace Federation.Embedded.Simulation;

/// <summary>Code outside the grains that lives and dies together: all of it shares one queue of turns.</summary>
/// <param name="scheduler">Draws when it gets its turns.</param>
/// <param name="killed">Ended: it is as after kill -9. What waits for its turn never runs, and what it awaits never comes back to it.</param>
public sealed class SimulatedProcess(SeededScheduler scheduler, CancellationToken killed)
{
    private readonly TurnQueue _turns = new(scheduler, killed);

    public Task Start(Func<Task> code) => Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Unwrap();

    public Task<T> Start<T>(Func<Task<T>> code) => Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Unwrap();
}
