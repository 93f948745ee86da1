using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Activations;

/// <summary>A grain timer: a single-shot clock timer that is wound up again when its tick has ended.</summary>
/// <remarks>
/// The clock fires on a thread of its own, and may do so while the grain winds it up anew. A tick that waits or runs is never delivered a second time: it is one
/// request, which can stand in line only once.
/// </remarks>
internal sealed partial class GrainTimer : Request, IGrainTimer
{
    private readonly Lock gate = new();
    private readonly Activation activation;
    private readonly Func<CancellationToken, Task> callback;
    private readonly GrainTimerCreationOptions options;
    private readonly CancellationTokenSource disposed = new();
    private readonly ITimer clock;
    private TimeSpan period;
    private TimeSpan? changedDueTime;
    private bool ticking;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        this.activation = activation;
        this.callback = callback;
        this.options = options;
        period = options.Period;
        clock = activation.Engine.Time.CreateTimer(static state => ((GrainTimer)state!).Due(), this, options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public override bool AlwaysInterleaves => options.Interleave;

    public override bool IsReadOnly => false;

    public override bool KeepsAlive => options.KeepAlive;

    public override bool IsForwarded => false;

    public override bool IsAbandoned => disposed.IsCancellationRequested;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            this.period = period;
            if (ticking)
                changedDueTime = dueTime;
            else
                clock.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        clock.Dispose();
        disposed.Cancel();
        activation.Forget(this);
    }

    public override async ValueTask<Exception?> RunAsync(Activation activation)
    {
        RequestContext.Current = null;
        try
        {
            await callback(disposed.Token);
            return null;
        }
        catch (OperationCanceledException) when (disposed.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            LogTickFailed(activation.Engine.Logger, exception, activation.GrainId);
            return exception;
        }
        finally
        {
            WindUp();
        }
    }

    public override void Reject(Exception exception) => Dispose();

    /// <summary>With no period and no new time nothing is changed: the grain may have set one just before the tick was due.</summary>
    private void WindUp()
    {
        lock (gate)
        {
            ticking = false;
            var dueTime = changedDueTime ?? period;
            if (!disposed.IsCancellationRequested && (changedDueTime is not null || dueTime != Timeout.InfiniteTimeSpan))
                clock.Change(dueTime, Timeout.InfiniteTimeSpan);
            changedDueTime = null;
        }
    }

    private void Due()
    {
        lock (gate)
        {
            if (ticking)
            {
                changedDueTime ??= TimeSpan.Zero;
                return;
            }

            ticking = true;
        }

        activation.Deliver(this);
    }

    [LoggerMessage(EventId = 4201, Level = LogLevel.Warning, Message = "A timer of grain {Grain} failed; it keeps ticking")]
    private static partial void LogTickFailed(ILogger logger, Exception exception, GrainId grain);
}
