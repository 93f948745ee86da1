using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Activations;

/// <summary>The beginning and the end of an activation.</summary>
internal sealed partial class Activation
{
    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (TurnQueue.Current != Turns)
            throw new InvalidOperationException("A grain timer is registered from a turn of its own grain.");

        var timer = new GrainTimer(this, callback, options);
        if (phase is Phase.Deactivating or Phase.Closing or Phase.Ended)
            timer.Dispose();
        else
            (timers ??= []).Add(timer);
        return timer;
    }

    public void Forget(GrainTimer timer)
    {
        // A timer may be disposed from any thread; the list belongs to the turns.
        if (TurnQueue.Current == Turns)
            timers?.Remove(timer);
    }

    /// <summary>Stops the timers of an engine that was killed; nothing else of it runs any more.</summary>
    public void StopTimers()
    {
        foreach (var timer in timers?.ToArray() ?? [])
            timer.Dispose();
    }

    private async Task ActivateAsync()
    {
        phase = Phase.Activating;
        try
        {
            await TimeLimit.RunAsync(BuildAsync, Engine.Options.ActivationTimeout, Engine.Time);
        }
        catch (Exception exception)
        {
            LogActivationFailed(Engine.Logger, exception, GrainId);
            await FailAsync(exception);
            return;
        }

        phase = Phase.Active;
        lastUsed = Engine.Time.GetTimestamp();

        // One request at least gets through, even to a grain that asked for its end while it was activated.
        StartRunnable();
        if (deactivation is { } reason)
            BeginDeactivation(reason);
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        var (grain, states) = grainClass.Create(this);
        GrainInstance = grain;
        foreach (var state in states)
            await state.ReadStateAsync(cancellationToken);
        await grain.OnActivateAsync(cancellationToken);
    }

    private async Task FailAsync(Exception exception)
    {
        phase = Phase.Closing;
        StopTimers();
        await DisposeInstanceAsync();
        End();
        while (waiting.TakeFirst() is { } request)
            request.Reject(exception);
    }

    private void BeginDeactivation(DeactivationReason reason)
    {
        switch (phase)
        {
            case Phase.New:
                End();
                break;
            case Phase.Activating:
                deactivation ??= reason;
                break;
            case Phase.Active:
                phase = Phase.Deactivating;
                deactivation = reason;
                StopTimers();
                if (Running == 0)
                    _ = CloseAsync();
                else
                    _ = EndAfterTimeoutAsync();
                break;
            default:
                break;
        }
    }

    /// <summary>A request that never ends must not keep the next activation from starting.</summary>
    private async Task EndAfterTimeoutAsync()
    {
        await Task.Delay(Engine.Options.DeactivationTimeout, Engine.Time);
        if (phase == Phase.Deactivating)
        {
            LogStuck(Engine.Logger, GrainId, Running);
            await CloseAsync();
        }
    }

    private async Task CloseAsync()
    {
        phase = Phase.Closing;
        try
        {
            var grain = (IGrainBase)GrainInstance!;
            await TimeLimit.RunAsync(
                cancellationToken => grain.OnDeactivateAsync(deactivation!.Value, cancellationToken), Engine.Options.DeactivationTimeout, Engine.Time);
        }
        catch (Exception exception)
        {
            LogDeactivationFailed(Engine.Logger, exception, GrainId);
        }

        await DisposeInstanceAsync();
        End();
        while (waiting.TakeFirst() is { } request)
            Forward(request);
    }

    private async Task DisposeInstanceAsync()
    {
        var instance = GrainInstance;
        GrainInstance = null;
        try
        {
            if (instance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (instance as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            LogDeactivationFailed(Engine.Logger, exception, GrainId);
        }
    }

    private void End()
    {
        phase = Phase.Ended;
        catalog.Remove(this);
        ended?.TrySetResult();
    }

    private void EndFor(DeactivationReason reason, TaskCompletionSource? completion)
    {
        if (reason.ReasonCode == DeactivationReasonCode.ActivationIdle && !IsIdle(Engine.Options.CollectionAge, Engine.Time.GetUtcNow()))
            return;

        if (completion is not null)
        {
            if (phase == Phase.Ended)
                completion.TrySetResult();
            else if (ended is null)
                ended = completion;
            else
                _ = ended.Task.ContinueWith(_ => completion.TrySetResult(), TaskScheduler.Current);
        }

        BeginDeactivation(reason);
    }

    [LoggerMessage(EventId = 4102, Level = LogLevel.Error, Message = "Grain {Grain} could not be activated")]
    private static partial void LogActivationFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(EventId = 4103, Level = LogLevel.Error, Message = "Grain {Grain} failed while it was deactivated")]
    private static partial void LogDeactivationFailed(ILogger logger, Exception exception, GrainId grain);

    [LoggerMessage(EventId = 4104, Level = LogLevel.Warning, Message = "Grain {Grain} is deactivated although {Count} of its requests have not ended")]
    private static partial void LogStuck(ILogger logger, GrainId grain, int count);

    private sealed class Ending(Activation activation, DeactivationReason reason, TaskCompletionSource? completion = null) : ITurn
    {
        public void Run() => activation.EndFor(reason, completion);
    }
}
