namespace Federation.Embedded.Engine.Activations;

/// <summary>Bounds work in time. Costs no clock timer when the work ends at once, as it mostly does.</summary>
internal static class TimeLimit
{
    /// <exception cref="OperationCanceledException">The time was up; the work may still be going on, with its token ended.</exception>
    public static async Task RunAsync(Func<CancellationToken, Task> work, TimeSpan limit, TimeProvider time)
    {
        using var source = new CancellationTokenSource();
        var running = work(source.Token);
        if (!running.IsCompleted)
        {
            using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), source, limit, Timeout.InfiniteTimeSpan);
            await running.WaitAsync(source.Token);
        }

        await running;
    }
}
