using System.Diagnostics;
using System.Globalization;
using Federation.Api;
using Federation.Api.Meta;
using Federation.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Federation.Grains.Objects;

/// <summary>The only writer of one object: admission, durable write, then a reconcile on its own turn.</summary>
internal abstract partial class ObjectGrain(IPersistentState<ObjectRecord> store, ObjectGrainContext context, ILogger logger) : Grain, IObjectGrain
{
    /// <summary>A write that another activation overtook is judged once more on the newer state.</summary>
    private const int Attempts = 2;

    /// <summary>The pump finds what a write left to do when this process dies before its own reconcile.</summary>
    protected static readonly TimeSpan RecoverAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    private IGrainTimer? _soon;
    private IGrainTimer? _later;
    private bool _isSoonSet;
    private bool _isStale;
    private int _failures;

    protected ObjectGrainContext Context => context;

    protected TimeProvider Time => context.Time;

    protected ObjectKey Key { get; private set; }

    protected KindDefinition Definition { get; private set; } = null!;

    /// <summary>The object with its resourceVersion; null: there is none.</summary>
    protected Resource? Current { get; private set; }

    /// <summary>The store's revision of <see cref="Current"/>; 0: there is none.</summary>
    protected long Revision { get; private set; }

    /// <summary>The durable timer as it is set; null: not.</summary>
    protected DateTimeOffset? Due => store.State.ReconcileDue;

    /// <summary>Held by every object of the kind until its controller has cleaned up; null: none.</summary>
    protected virtual string? Finalizer => null;

    private ObjectAdmission Rules => new(Definition, Key, Finalizer);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Key = ObjectKey.Parse(this.GetPrimaryKeyString());
        Definition = Kinds.Find(Key.Kind);
        _soon = this.RegisterGrainTimer(SoonAsync, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan, KeepAlive = true });
        _later = this.RegisterGrainTimer(ReconcileAsync, new GrainTimerCreationOptions { DueTime = Timeout.InfiniteTimeSpan, Period = Timeout.InfiniteTimeSpan });
        _isStale = store.State.Unread is not null;
        Adopt();
        return Task.CompletedTask;
    }

    public Task<WriteResult> WriteAsync(WriteCommand command, CancellationToken cancellationToken) =>
        GuardAsync(() => WriteOnceAsync(command, cancellationToken));

    public async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        using var activity = GrainMetrics.Activities.StartActivity("reconcile");
        activity?.SetTag("federation.key", Key.ToString());
        var started = Time.GetTimestamp();
        try
        {
            await RefreshAsync();
            await CollectAsync(cancellationToken);
            await ReconcileObjectAsync(cancellationToken);
            _failures = 0;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _isStale = true;
            _failures++;
            LogReconcileFailed(logger, exception, Key, RetryLater());
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        GrainMetrics.Reconciles.Record(
            Time.GetElapsedTime(started).TotalSeconds, KeyValuePair.Create<string, object?>("kind", Key.Kind), KeyValuePair.Create<string, object?>("failed", _failures > 0));
    }

    /// <summary>Load (done), plan, execute. May be killed at any await and called again; ends with <see cref="SaveAsync"/> or <see cref="RemoveAsync"/>.</summary>
    protected virtual Task ReconcileObjectAsync(CancellationToken cancellationToken) =>
        Current is null ? Task.CompletedTask : SaveAsync(Current, DueAfterWrite(Current));

    /// <summary>When the object must be looked at again after a user's write, should nobody do it before.</summary>
    protected virtual DateTimeOffset? DueAfterWrite(Resource next) => Time.GetUtcNow() + RecoverAfter;

    /// <summary>A refusal that only this kind knows; null: none.</summary>
    protected virtual Status? Refuse(WriteCommand command) => null;

    /// <summary>Reconciles once on a turn of its own, as soon as the current one ends; calls until then are one.</summary>
    protected void ReconcileSoon()
    {
        if (_isSoonSet)
            return;
        _isSoonSet = true;
        _soon?.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Reconciles again after a wait that doubles with each failure.</summary>
    protected TimeSpan RetryLater()
    {
        var retry = TimeSpan.FromSeconds(Math.Min(LongestRetry.TotalSeconds, Math.Pow(2, Math.Clamp(_failures, 1, 10) - 1)));
        _later?.Change(retry, Timeout.InfiniteTimeSpan);
        return retry;
    }

    /// <summary>A controller's own write: the object as given (generation follows the spec) and its timer, in one; only what changed is written.</summary>
    protected async Task SaveAsync(Resource next, DateTimeOffset? due)
    {
        if (Current is not { } current)
            return;
        due = WholeMilliseconds(due);
        switch (Rules.Settle(current, next))
        {
            case Admission.Remove:
                await RemoveAsync();
                return;
            case Admission.Put put:
                await PersistAsync(put.Next, due, isChanged: true);
                break;
            case var _ when due != store.State.ReconcileDue:
                await PersistAsync(current, due, isChanged: false);
                break;
        }

        ReconcileAt(due);
    }

    /// <returns>The revision of the delete.</returns>
    protected async Task<long> RemoveAsync()
    {
        var record = store.State;
        await StoreAsync(store.ClearStateAsync);
        Adopt();
        // What this activation remembers belongs to the object that is gone.
        DeactivateOnIdle();
        return record.RemovedAt;
    }

    /// <summary>Runs a write of the object; a store that cannot be used, or took another's write, is a value.</summary>
    protected async Task<WriteResult> GuardAsync(Func<Task<WriteResult>> write)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RefreshAsync();
                return await write();
            }
            catch (ObjectTooLargeException)
            {
                return WriteResult.Refused(Statuses.RequestEntityTooLarge(WriteOutcome.TooLarge.Limit));
            }
            catch (InconsistentStateException) when (attempt < Attempts)
            {
                LogOvertaken(logger, Key);
            }
            catch (InconsistentStateException)
            {
                return WriteResult.Refused(Statuses.Conflict(Definition, Key.Name, "the object is being written elsewhere; please try again"));
            }
            catch (Exception exception) when (StoreFailure.Find(exception) is { } failure)
            {
                LogStoreUnavailable(logger, exception, Key, failure.Reason);
                return WriteResult.Refused(Statuses.ServiceUnavailable(failure.Message));
            }
        }
    }

    /// <summary>Carries out an admission; after an acknowledged write the grain looks at its object on a turn of its own.</summary>
    protected async Task<WriteResult> CarryOutAsync(Admission admission, bool dryRun)
    {
        var warnings = admission.Warnings;
        switch (admission)
        {
            case Admission.Refused refused:
                return WriteResult.Refused(refused.Failure);
            case Admission.Unchanged unchanged:
                return new WriteResult { Object = unchanged.Current, Warnings = warnings };
            case Admission.Put put when dryRun:
                return new WriteResult { Object = put.Next, Created = put.Created, Warnings = warnings };
            case Admission.Remove remove when dryRun:
                return new WriteResult { Object = remove.Last, Removed = true, Warnings = warnings };
            case Admission.Put put:
                await PersistAsync(put.Next, WholeMilliseconds(DueAfterWrite(put.Next)), isChanged: true);
                ReconcileSoon();
                return new WriteResult { Object = Current, Created = put.Created, Revision = Revision, Warnings = warnings };
            case Admission.Remove remove:
                return new WriteResult { Object = remove.Last, Removed = true, Revision = await RemoveAsync(), Warnings = warnings };
            default:
                throw new InvalidOperationException($"No step for {admission.GetType().Name}.");
        }
    }

    protected Admission Admit(WriteCommand command) => Rules.Admit(Current, command, Time.GetUtcNow(), context.Ids.NewUid());

    private async Task<WriteResult> WriteOnceAsync(WriteCommand command, CancellationToken cancellationToken)
    {
        if (Refuse(command) is { } refusal)
            return WriteResult.Refused(refusal);
        if (command.Verb is WriteVerb.Create or WriteVerb.Apply && Current is null && await context.Namespaces.CheckAsync(Definition, Key, cancellationToken) is { } closed)
            return WriteResult.Refused(closed);
        return await CarryOutAsync(Admit(command), command.DryRun);
    }

    /// <summary>Garbage collection: goes when its owners are gone, waits for its dependents where its deletion asks for that.</summary>
    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        if (Current is not { } current)
            return;
        if (!current.IsDeleting)
        {
            if (current.Metadata.OwnerReferences.Count > 0 && await context.Dependents.HasLostItsOwnersAsync(current, cancellationToken))
                await CarryOutAsync(Admit(new WriteCommand { Verb = WriteVerb.Delete, Uid = current.Metadata.Uid }), dryRun: false);
            return;
        }

        if (current.Metadata.Finalizers.FirstOrDefault(name => name is FinalizerNames.Foreground or FinalizerNames.Orphan) is { } mark
            && await context.Dependents.SettleAsync(current, Revision, mark == FinalizerNames.Orphan, cancellationToken))
        {
            await SaveAsync(current with { Metadata = current.Metadata with { Finalizers = [.. current.Metadata.Finalizers.Where(name => name != mark)] } }, Due);
        }
    }

    private Task SoonAsync(CancellationToken cancellationToken)
    {
        _isSoonSet = false;
        return ReconcileAsync(cancellationToken);
    }

    private void ReconcileAt(DateTimeOffset? due)
    {
        var wait = due is { } at ? at - Time.GetUtcNow() : Timeout.InfiniteTimeSpan;
        _later?.Change(due is not null && wait < TimeSpan.Zero ? TimeSpan.Zero : wait, Timeout.InfiniteTimeSpan);
    }

    private async Task PersistAsync(Resource next, DateTimeOffset? due, bool isChanged)
    {
        // Same instance: only the timer moves, and no watcher wakes.
        store.State.Object = isChanged ? next with { Metadata = next.Metadata with { ResourceVersion = null } } : store.State.Stored;
        store.State.ReconcileDue = due;
        await StoreAsync(store.WriteStateAsync);
        Adopt();
    }

    private async Task StoreAsync(Func<Task> write)
    {
        // Until the store has answered, what it holds is unknown: a failed write may have been made.
        _isStale = true;
        await write();
        _isStale = false;
    }

    /// <summary>Reads the object again if the last write's fate is unknown.</summary>
    protected async Task RefreshAsync()
    {
        if (!_isStale)
            return;
        await store.ReadStateAsync();
        if (store.State.Unread is { } failure)
            throw new StoreUnavailableException(failure.Reason, failure.Message, failure);
        _isStale = false;
        Adopt();
    }

    private void Adopt()
    {
        Revision = store.Etag is { } etag ? long.Parse(etag, CultureInfo.InvariantCulture) : 0;
        Current = store.State.Object?.WithRevision(Revision);
    }

    /// <summary>The store keeps microseconds; a timer compared with itself must be equal.</summary>
    private static DateTimeOffset? WholeMilliseconds(DateTimeOffset? time) =>
        time is { } at ? new DateTimeOffset(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero) : null;

    [LoggerMessage(EventId = 3101, Level = LogLevel.Warning, Message = "Reconciling {Key} failed; next try in {Retry}")]
    private static partial void LogReconcileFailed(ILogger logger, Exception exception, ObjectKey key, TimeSpan retry);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Warning, Message = "{Key} was written elsewhere; judging the write again on the newer state")]
    private static partial void LogOvertaken(ILogger logger, ObjectKey key);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning, Message = "A write of {Key} was refused by the store: {Reason}")]
    private static partial void LogStoreUnavailable(ILogger logger, Exception exception, ObjectKey key, StoreUnavailableReason reason);
}
