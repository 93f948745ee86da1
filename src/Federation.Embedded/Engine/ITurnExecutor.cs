using Federation.Embedded.Engine.Activations;

namespace Federation.Embedded.Engine;

/// <summary>Decides on which thread, and in which order, queues with work get their turns.</summary>
internal interface ITurnExecutor
{
    /// <summary>How results are handed to code that waits for them.</summary>
    TaskCreationOptions CompletionOptions { get; }

    /// <summary>Promises one call of <see cref="TurnQueue.Run"/>. Called from any thread, at most once until that call.</summary>
    void Schedule(TurnQueue queue);

    /// <summary>Brings something from outside to a queue. Like a network, an executor may change the order of what is on its way.</summary>
    void Deliver(TurnQueue queue, ITurn turn);
}

/// <summary>Turns on the thread pool: every queue that has work runs as soon as a thread is free.</summary>
internal sealed class ThreadPoolExecutor : ITurnExecutor
{
    public static ThreadPoolExecutor Instance { get; } = new();

    /// <summary>A caller outside the grains must not go on inside the turn that answers it.</summary>
    public TaskCreationOptions CompletionOptions => TaskCreationOptions.RunContinuationsAsynchronously;

    public void Schedule(TurnQueue queue) => ThreadPool.UnsafeQueueUserWorkItem(queue, preferLocal: true);

    public void Deliver(TurnQueue queue, ITurn turn) => queue.Post(turn);
}
