using Federation.Embedded.Engine.Activations;
using Federation.Embedded.Engine.Calls;
using Orleans;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Observers;

/// <summary>
/// An object outside the grains that grains call. Held weakly: its owner keeps it alive. Calls run one after the other, as turns of
/// their own queue.
/// </summary>
internal sealed class ObserverTarget : CallTarget
{
    private readonly WeakReference<IGrainObserver> observer;
    private readonly Queue<Call> waiting = new();
    private readonly TurnQueue turns;
    private bool running;
    private volatile bool deleted;

    public ObserverTarget(EmbeddedGrainEngine engine, GrainId id, IGrainObserver observer)
        : base(engine, id)
    {
        this.observer = new WeakReference<IGrainObserver>(observer);
        turns = new TurnQueue(engine.Executor, engine.Killed) { Owner = this };
    }

    public void Delete() => deleted = true;

    public override void Dispatch(Call call) => Engine.Executor.Deliver(turns, new Arrival(this, call));

    private void Arrive(Call call)
    {
        waiting.Enqueue(call);
        if (!running)
            _ = RunWaitingAsync();
    }

    private async Task RunWaitingAsync()
    {
        running = true;
        while (waiting.TryDequeue(out var call))
        {
            if (call.IsAbandoned)
                continue;
            if (!deleted && observer.TryGetTarget(out var target))
                await call.RunOnAsync(target, turns);
            else
                call.Reject(new ClientNotAvailableException($"The observer {GrainId} does not exist any more."));
        }

        running = false;
    }

    private sealed class Arrival(ObserverTarget target, Call call) : ITurn
    {
        public void Run() => target.Arrive(call);
    }
}
