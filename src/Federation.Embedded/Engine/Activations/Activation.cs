using Federation.Embedded.Engine.Types;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Federation.Embedded.Engine.Activations;

/// <summary>
/// One grain in memory. Everything here except the public entry points runs as turns of <see cref="Turns"/>, so no field needs a lock.
/// </summary>
/// <remarks>
/// A request arrives (<see cref="Deliver"/>) → waits in line until the activation is active and no running request excludes it →
/// runs, interleaved with others only at awaits and only where both allow it → on its end the line is looked at again.
/// Deactivation lets running requests finish, starts no others, and hands the line to the next activation.
/// </remarks>
internal sealed partial class Activation : IGrainContext
{
    private readonly GrainClass grainClass;
    private readonly Catalog catalog;
    private WaitingLine waiting;
    private List<GrainTimer>? timers;
    private Phase phase = Phase.New;
    private int runningWriters;
    private int runningReaders;
    private int runningInterleaved;
    private int pending;
    private long lastUsed;
    private DateTimeOffset keepUntil;
    private DeactivationReason? deactivation;
    private TaskCompletionSource? ended;

    public Activation(GrainId id, GrainClass grainClass, Catalog catalog)
    {
        GrainId = id;
        this.grainClass = grainClass;
        this.catalog = catalog;
        lastUsed = Engine.Time.GetTimestamp();
        Turns = new TurnQueue(Engine.Executor, Engine.Killed) { Owner = this };
    }

    private enum Phase : byte
    {
        New,
        Activating,
        Active,
        /// <summary>Running requests may finish; no other starts.</summary>
        Deactivating,

        /// <summary>Nothing runs any more except OnDeactivateAsync.</summary>
        Closing,
        Ended,
    }

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => Engine.ServiceProvider;

    public EmbeddedGrainEngine Engine => catalog.Engine;

    public TurnQueue Turns { get; }

    /// <summary>The pool of a stateless worker; null for an ordinary grain.</summary>
    public WorkerPool? Pool { get; init; }

    /// <summary>Of a stateless worker: requests delivered and not yet ended here.</summary>
    public int Pending => Volatile.Read(ref pending);

    private int Running => runningWriters + runningReaders + runningInterleaved;

    /// <summary>Accepts a request from any thread.</summary>
    public void Deliver(Request request)
    {
        if (Pool is not null)
            Interlocked.Increment(ref pending);
        Engine.Executor.Deliver(Turns, request.For(this));
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        // A grain that asks for its own end means it now: a request already in line must not start here any more.
        if (TurnQueue.Current == Turns)
            BeginDeactivation(deactivationReason);
        else
            Turns.Post(new Ending(this, deactivationReason));
    }

    /// <summary>Asks for deactivation and completes when the activation has ended.</summary>
    public Task EndAsync(DeactivationReason reason)
    {
        var completion = new TaskCompletionSource(Engine.Executor.CompletionOptions);
        Turns.Post(new Ending(this, reason, completion));
        return completion.Task;
    }

    public void DelayDeactivation(TimeSpan time) => keepUntil =
        time == Timeout.InfiniteTimeSpan ? DateTimeOffset.MaxValue
        : time <= TimeSpan.Zero ? default
        : Engine.Time.GetUtcNow() + time;

    /// <summary>Whether the collector should end it; read from outside a turn, and checked again within one.</summary>
    public bool IsIdle(TimeSpan age, DateTimeOffset now) =>
        phase == Phase.Active && Running == 0 && waiting.IsEmpty && now >= keepUntil && Engine.Time.GetElapsedTime(lastUsed) >= age;

    /// <summary>Takes in a delivered request; a turn.</summary>
    public void Arrive(Request request)
    {
        switch (phase)
        {
            case Phase.Active when MayRun(request):
                Start(request);
                break;
            case Phase.Ended:
                Forward(request);
                break;
            case Phase.New:
                waiting.Add(request);
                _ = ActivateAsync();
                break;
            default:
                waiting.Add(request);
                break;
        }
    }

    /// <summary>Whether nothing that runs now excludes the request.</summary>
    public bool MayRun(Request request)
    {
        if (grainClass.IsReentrant || request.AlwaysInterleaves)
            return true;
        return runningWriters == 0 && (runningReaders == 0 || request.IsReadOnly);
    }

    private void Start(Request request)
    {
        if (request.IsAbandoned)
        {
            Leave();
            return;
        }

        RunningOf(request)++;
        var run = request.RunAsync(this);
        if (run.IsCompletedSuccessfully)
            Finish(request, run.Result);
        else
            _ = FinishLaterAsync(request, run);
    }

    private async Task FinishLaterAsync(Request request, ValueTask<Exception?> run) => Finish(request, await run);

    private void Finish(Request request, Exception? failure)
    {
        RunningOf(request)--;
        Leave();
        if (request.KeepsAlive)
            lastUsed = Engine.Time.GetTimestamp();

        if (failure is InconsistentStateException { IsSourceActivation: true } conflict)
        {
            // What this activation holds in memory is stale. The flag keeps callers that see the exception alive.
            conflict.IsSourceActivation = false;
            LogStale(Engine.Logger, conflict, GrainId);
            BeginDeactivation(new DeactivationReason(DeactivationReasonCode.ApplicationError, conflict, "The stored state has changed."));
        }

        if (phase == Phase.Active)
            StartRunnable();
        else if (phase == Phase.Deactivating && Running == 0)
            _ = CloseAsync();
    }

    private void StartRunnable()
    {
        while (phase == Phase.Active && waiting.TakeRunnable(this) is { } request)
            Start(request);
    }

    private ref int RunningOf(Request request)
    {
        if (grainClass.IsReentrant || request.AlwaysInterleaves)
            return ref runningInterleaved;
        if (request.IsReadOnly)
            return ref runningReaders;
        return ref runningWriters;
    }

    private void Leave()
    {
        if (Pool is not null)
            Interlocked.Decrement(ref pending);
    }

    private void Forward(Request request)
    {
        Leave();
        if (request.IsAbandoned || !request.IsForwarded)
            return;
        catalog.Dispatch(GrainId, request);
    }

    [LoggerMessage(EventId = 4101, Level = LogLevel.Warning, Message = "Grain {Grain} met a stored state newer than its own and is deactivated")]
    private static partial void LogStale(ILogger logger, Exception exception, GrainId grain);
}
