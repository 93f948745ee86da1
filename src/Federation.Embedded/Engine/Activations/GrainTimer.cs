using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Activations;

/// <summary>A grain timer: a single-shot clock timer that is wound up again when its tick has ended.</summary>
internal sealed partial class GrainTimer : Request, IGrainTimer
{
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
        this.period = period;
        if (ticking)
            changedDueTime = dueTime;
        else
            clock.Change(dueTime, Timeout.InfiniteTimeSpan);
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
            ticking = false;
            if (!disposed.IsCancellationRequested)
                clock.Change(changedDueTime ?? period, Timeout.InfiniteTimeSpan);
            changedDueTime = null;
        }
    }

    public override void Reject(Exception exception) => Dispose();

    private void Due()
    {
        ticking = true;
        activation.Deliver(this);
    }

    [LoggerMessage(EventId = 4201, Level = LogLevel.Warning, Message = "A timer of grain {Grain} failed; it keeps ticking")]
    private static partial void LogTickFailed(ILogger logger, Exception exception, GrainId grain);
}
