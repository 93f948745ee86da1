namespace Federation.Simulation.Tests.Kernel;

/// <summary>Drives a world on the only thread that the process has for tasks.</summary>
/// <remarks>
/// Code that leaves its scheduler (Task.Run, ConfigureAwait(false) inside libraries, completions that continue asynchronously) goes to the thread pool. With
/// one thread there, the pool is a queue: what was queued runs in the order it was queued in, and when nothing is queued, nothing runs. Only then does the world
/// take its next step; so the whole run is a function of the seed, and production code needs to know nothing of it.
/// </remarks>
internal sealed class Pump : IThreadPoolWorkItem
{
    private readonly ManualResetEventSlim _done = new();
    private readonly Func<bool> _step;
    private Exception? _failure;

    private Pump(Func<bool> step) => _step = step;

    /// <summary>Makes the thread pool one thread; for the whole process, once.</summary>
    public static void TakeOnlyThread()
    {
        if (!ThreadPool.SetMinThreads(1, 1) || !ThreadPool.SetMaxThreads(1, 1))
            throw new InvalidOperationException("The thread pool cannot be limited to one thread: start the process with DOTNET_PROCESSOR_COUNT=1.");
    }

    /// <summary>Steps until there is nothing more to do. Called from a thread outside of the pool.</summary>
    public static void Run(Func<bool> step)
    {
        var pump = new Pump(step);
        ThreadPool.UnsafeQueueUserWorkItem(pump, preferLocal: false);
        pump._done.Wait();
        if (pump._failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            do
            {
                if (ThreadPool.PendingWorkItemCount > 0)
                {
                    // Behind all that is queued.
                    ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    return;
                }
            }
            while (_step());
        }
        catch (Exception failure)
        {
            _failure = failure;
        }

        _done.Set();
    }
}
