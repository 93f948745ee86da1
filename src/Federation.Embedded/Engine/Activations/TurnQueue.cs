namespace Federation.Embedded.Engine.Activations;

/// <summary>Something that runs as a turn: without another turn of the same queue beside it.</summary>
internal interface ITurn
{
    void Run();
}

/// <summary>
/// The turns of one activation, first in first out, one at a time. It is the task scheduler of the code it runs, so the continuation
/// of an await inside a grain is again a turn of that grain.
/// </summary>
internal sealed class TurnQueue(ITurnExecutor executor, CancellationToken killed) : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>Turns run before other queues get the thread, so that a busy grain does not starve the rest.</summary>
    private const int TurnsPerSlice = 64;

    [ThreadStatic]
    private static TurnQueue? current;

    private readonly Queue<object> turns = new();
    private readonly Lock gate = new();
    private bool scheduled;

    /// <summary>The queue whose turn runs on this thread.</summary>
    public static new TurnQueue? Current => current;

    /// <summary>Whose turns these are.</summary>
    public object? Owner { get; init; }

    public override int MaximumConcurrencyLevel => 1;

    public void Post(ITurn turn) => Enqueue(turn);

    /// <summary>Runs a slice of turns; reschedules itself while there are more.</summary>
    public void Execute() => Run(TurnsPerSlice);

    /// <summary>Runs up to <paramref name="limit"/> turns.</summary>
    public void Run(int limit)
    {
        // One task around the whole slice makes this queue TaskScheduler.Current for every turn in it.
        var slice = new Task(static state => ((Slice)state!).Run(), new Slice(this, limit), CancellationToken.None, TaskCreationOptions.DenyChildAttach);
        var (previous, context) = (current, SynchronizationContext.Current);
        current = this;
        try
        {
            // A context of the thread that drives a simulation would take the continuations away from this queue.
            if (context is not null)
                SynchronizationContext.SetSynchronizationContext(null);
            slice.RunSynchronously(this);
        }
        finally
        {
            current = previous;
            if (context is not null)
                SynchronizationContext.SetSynchronizationContext(context);
        }

        lock (gate)
        {
            if (turns.Count == 0)
            {
                scheduled = false;
                return;
            }
        }

        executor.Schedule(this);
    }

    protected override void QueueTask(Task task) => Enqueue(task);

    /// <summary>Inline only what was not queued and only from a turn of this queue: anything else would run two turns at once.</summary>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && current == this && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (gate)
            return turns.OfType<Task>().ToArray();
    }

    private void Enqueue(object turn)
    {
        lock (gate)
        {
            turns.Enqueue(turn);
            if (scheduled)
                return;

            scheduled = true;
        }

        executor.Schedule(this);
    }

    private void RunTurns(int limit)
    {
        for (; limit > 0; limit--)
        {
            object? turn;
            lock (gate)
            {
                // A killed engine behaves like a crashed process: what has not run never runs.
                if (killed.IsCancellationRequested)
                    turns.Clear();
                if (!turns.TryDequeue(out turn))
                    return;
            }

            if (turn is Task task)
                TryExecuteTask(task);
            else
                ((ITurn)turn).Run();
        }
    }

    private sealed record Slice(TurnQueue Queue, int Limit)
    {
        public void Run() => Queue.RunTurns(Limit);
    }
}
