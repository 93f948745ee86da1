using System.Collections.Immutable;
using System.Diagnostics;
using Federation.Embedded.Engine.Activations;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Calls;

/// <summary>
/// One method call on its way to a grain or observer, and its result on the way back. Arguments and results are passed by reference.
/// </summary>
#pragma warning disable CA1001 // The callee's token source holds no timer and no wait handle, so it needs no disposal.
internal abstract partial class Call(CallTarget target, MethodModel method, object?[] arguments) : Request
#pragma warning restore CA1001
{
    private readonly ImmutableDictionary<string, object>? context = RequestContext.Current;
    private readonly Activity? activity = Activity.Current;
    private CancellationTokenRegistration callerRegistration;
    private CancellationTokenSource? calleeCancellation;
    private TurnQueue? calleeTurns;
    private volatile bool abandoned;

    public CallTarget Target { get; } = target;

    public MethodModel Method { get; } = method;

    /// <summary>The task the caller waits on.</summary>
    public abstract Task Completion { get; }

    public override bool AlwaysInterleaves => Method.AlwaysInterleaves;

    public override bool IsReadOnly => Method.IsReadOnly;

    public override bool KeepsAlive => true;

    public override bool IsForwarded => true;

    public override bool IsAbandoned => abandoned;

    /// <summary>Links of <see cref="Deadlines"/>, and the clock's timestamp at which the call was sent.</summary>
    internal LinkedListNode<Call>? DeadlineNode { get; set; }

    internal long SentAt { get; set; }

    /// <summary>Arms deadline and cancellation; false when the caller's token has ended already.</summary>
    public bool BeginWaiting()
    {
        var callerToken = Method.TokenIndex >= 0 ? (CancellationToken)arguments[Method.TokenIndex]! : CancellationToken.None;
        if (callerToken.IsCancellationRequested)
        {
            abandoned = true;
            TrySetCanceled(callerToken);
            return false;
        }

        Target.Engine.Deadlines.Add(this);
        if (callerToken.CanBeCanceled)
            callerRegistration = callerToken.UnsafeRegister(static (state, token) => ((Call)state!).OnCallerCancelled(token), this);
        return true;
    }

    public override ValueTask<Exception?> RunAsync(Activation activation) => RunOnAsync(activation.GrainInstance!, activation.Turns);

    /// <summary>Runs the method as a turn of the queue and gives the result to the caller.</summary>
    public async ValueTask<Exception?> RunOnAsync(object instance, TurnQueue turns)
    {
        RequestContext.Current = context;
        if (!ReferenceEquals(Activity.Current, activity))
            Activity.Current = activity;

        if (Method.TokenIndex >= 0)
        {
            calleeCancellation = new CancellationTokenSource();
            arguments[Method.TokenIndex] = calleeCancellation.Token;

            // Published before IsAbandoned is read, and Abandon does the reverse: one of the two sees the other.
            Interlocked.Exchange(ref calleeTurns, turns);
            if (abandoned)
                await calleeCancellation.CancelAsync();
        }

        try
        {
            var running = Method.Invoke(instance, arguments)
                ?? throw new InvalidOperationException($"{Method.Name} returned null instead of a task.");
            await running;
            EndWaiting();
            TrySetResult(running);
            return null;
        }
        catch (OperationCanceledException exception)
        {
            EndWaiting();
            TrySetCanceled(exception.CancellationToken);
            return exception;
        }
        catch (Exception exception)
        {
            if (Method.IsOneWay)
                LogOneWayFailed(Target.Engine.Logger, exception, Method.Name, Target.GrainId);
            Reject(exception);
            return exception;
        }
    }

    public override void Reject(Exception exception)
    {
        EndWaiting();
        TrySetException(exception);
    }

    /// <summary>Ends the caller's wait at the deadline.</summary>
    public void TimeOut(TimeSpan timeout)
    {
        if (TrySetException(new TimeoutException($"{Method.Name} of {Target.GrainId} did not answer within {timeout}.")))
            Abandon();
    }

    protected abstract void TrySetResult(Task finished);

    protected abstract bool TrySetException(Exception exception);

    protected abstract bool TrySetCanceled(CancellationToken cancellationToken);

    private void OnCallerCancelled(CancellationToken token)
    {
        Target.Engine.Deadlines.Remove(this);
        if (TrySetCanceled(token))
            Abandon();
    }

    private void EndWaiting()
    {
        Target.Engine.Deadlines.Remove(this);
        callerRegistration.Unregister();
    }

    /// <summary>Nobody waits any more: a call that has not started never will, one that runs sees its token end.</summary>
    private void Abandon()
    {
        abandoned = true;
        Interlocked.MemoryBarrier();
        Volatile.Read(ref calleeTurns)?.Post(new Cancellation(this));
    }

    [LoggerMessage(EventId = 4001, Level = LogLevel.Warning, Message = "One-way call {Method} of {Grain} failed")]
    private static partial void LogOneWayFailed(ILogger logger, Exception exception, string method, GrainId grain);

    /// <summary>Ends the callee's token as a turn of the callee, so that what it triggers does not run beside it.</summary>
    private sealed class Cancellation(Call call) : ITurn
    {
        public void Run() => call.calleeCancellation!.Cancel();
    }
}

/// <summary>A call whose method returns a plain task.</summary>
internal sealed class PlainCall(CallTarget target, MethodModel method, object?[] arguments) : Call(target, method, arguments)
{
    private readonly TaskCompletionSource completion = new(target.Engine.Executor.CompletionOptions);

    public override Task Completion => completion.Task;

    protected override void TrySetResult(Task finished) => completion.TrySetResult();

    protected override bool TrySetException(Exception exception) => completion.TrySetException(exception);

    protected override bool TrySetCanceled(CancellationToken cancellationToken) => completion.TrySetCanceled(cancellationToken);
}

/// <summary>A call whose method returns a value.</summary>
internal sealed class ResultCall<T>(CallTarget target, MethodModel method, object?[] arguments) : Call(target, method, arguments)
{
    private readonly TaskCompletionSource<T> completion = new(target.Engine.Executor.CompletionOptions);

    public override Task Completion => completion.Task;

    protected override void TrySetResult(Task finished) => completion.TrySetResult(((Task<T>)finished).Result);

    protected override bool TrySetException(Exception exception) => completion.TrySetException(exception);

    protected override bool TrySetCanceled(CancellationToken cancellationToken) => completion.TrySetCanceled(cancellationToken);
}
