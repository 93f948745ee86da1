using System.Diagnostics;

namespace Federation.TestKit.Time;

/// <summary>
/// Where the code under a manual clock runs: on the thread pool as ever, and counted, so that a test moves the clock only when everybody has done what there was to do.
/// </summary>
/// <remarks>
/// A machine under load may leave a file's write, or the first run of a method, hundreds of milliseconds without a processor. A clock that goes on meanwhile makes
/// leases end and patience run out that no real clock would. Not counted is what leaves the context: Task.Run, sockets, and what follows an await that does not
/// capture it; each step waits a moment for that.
/// </remarks>
public sealed class QuietContext : SynchronizationContext
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>Work that takes longer waits for the clock, or for the test, itself.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>After so many moments in which nobody did anything, only every so manieth step waits for one.</summary>
    private const int Idle = 4;

    private int _pending;
    private int _posted;
    private int _seen;
    private int _idle;

    /// <summary>Nothing runs, and nothing waits to run.</summary>
    public bool IsQuiet => Volatile.Read(ref _pending) == 0;

    /// <summary>Starts code in the context; what it awaits goes on there.</summary>
    public Task Run(Func<Task> code)
    {
        var done = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => done.SetResult(code()), null);
        return done.Task.Unwrap();
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _pending);
        Interlocked.Increment(ref _posted);
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Context.Execute(work.Callback, work.State), (Context: this, Callback: d, State: state), preferLocal: false);
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nobody waits for another thread here.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Gives everybody the time to finish what there is to do.</summary>
    /// <param name="enough">What is waited for; once it holds, nobody else is.</param>
    /// <returns>Whether it holds.</returns>
    public async Task<bool> SettleAsync(Func<bool> enough)
    {
        if (!HasWoken() && _idle > Idle && _idle % Idle != 0)
            return enough();
        var watch = Stopwatch.StartNew();
        do
        {
            await Task.Delay(Moment, TimeProvider.System);
            if (enough())
                return true;
        }
        while (!IsQuiet && watch.Elapsed < Patience);
        return false;
    }

    /// <summary>Somebody has done something since this was asked last.</summary>
    private bool HasWoken()
    {
        var posted = Volatile.Read(ref _posted);
        var hasWoken = posted != _seen;
        (_seen, _idle) = (posted, hasWoken ? 0 : _idle + 1);
        return hasWoken;
    }

    private void Execute(SendOrPostCallback callback, object? state)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        finally
        {
            SetSynchronizationContext(before);
            Interlocked.Decrement(ref _pending);
        }
    }
}
