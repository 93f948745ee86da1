using Federation.Embedded.Engine;
using Federation.Embedded.Engine.Activations;

namespace Federation.Embedded.Simulation;

/// <summary>Code outside the grains that lives and dies together: all of it shares one queue of turns.</summary>
public sealed class SimulatedProcess : ITurnExecutor
{
    private readonly SeededScheduler _scheduler;
    private readonly TurnQueue _turns;
    private bool _isStopped;
    private bool _hasWork;

    /// <param name="scheduler">Draws when it gets its turns.</param>
    /// <param name="killed">Ended: it is as after kill -9. What waits for its turn never runs, and what it awaits never comes back to it.</param>
    public SimulatedProcess(SeededScheduler scheduler, CancellationToken killed)
    {
        _scheduler = scheduler;
        _turns = new TurnQueue(this, killed);
    }

    TaskCreationOptions ITurnExecutor.CompletionOptions => TaskCreationOptions.None;

    public Task Start(Func<Task> code) => Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Unwrap();

    public Task<T> Start<T>(Func<Task<T>> code) => Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns).Unwrap();

    /// <summary>As after SIGSTOP: at most the turn that it has been given runs, and what comes waits.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>As after SIGCONT.</summary>
    public void Continue()
    {
        _isStopped = false;
        if (!_hasWork)
            return;
        _hasWork = false;
        ((ITurnExecutor)_scheduler).Schedule(_turns);
    }

    void ITurnExecutor.Schedule(TurnQueue queue)
    {
        if (_isStopped)
            _hasWork = true;
        else
            ((ITurnExecutor)_scheduler).Schedule(queue);
    }

    void ITurnExecutor.Deliver(TurnQueue queue, ITurn turn) => ((ITurnExecutor)_scheduler).Deliver(queue, turn);
}
