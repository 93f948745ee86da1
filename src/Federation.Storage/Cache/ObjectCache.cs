using Federation.Api;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Storage.Cache;

/// <summary>The watch cache. It loads a snapshot, then follows the log:
/// <list type="number">
/// <item>read the changes after our revision; none: wait for the store to wake us;</item>
/// <item>make the next state beside the current one and publish it: from here on reads see it;</item>
/// <item>append the changes to the ring: subscribers wake;</item>
/// <item>release those who wait for a revision: they see at least that state.</item>
/// </list>
/// A store that is away is tried again; one that has another history, or was compacted past our revision, is loaded anew and ends every subscription.</summary>
public sealed partial class ObjectCache : IObjectCache, IHostedService, IDisposable
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly IObjectStore _store;
    private readonly ObjectCacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EventRing _ring;
    private readonly CacheReplay _replay;
    private readonly RevisionWaiters _waiters = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private volatile CacheState? _state;
    private volatile bool _isCurrent;
    private Task _running = Task.CompletedTask;

    public ObjectCache(IObjectStore store, ObjectCacheOptions options, TimeProvider time, ILogger<ObjectCache> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _store = store;
        _options = options;
        _time = time;
        _logger = logger;
        _ring = new EventRing(options.RingEvents, options.RingBytes);
        _replay = new CacheReplay(store, options.PageSize);
    }

    public Task Ready => _ready.Task;

    public bool IsCurrent => _isCurrent;

    public long Revision => State.Revision;

    public StoreIdentity Identity => State.Identity;

    private CacheState State => _state ?? throw new StoreUnavailableException(StoreUnavailableReason.Unreachable, "The cache has not been loaded from the store yet.");

    public CachedObject? Current(ObjectKey key) => State.Find(key);

    public ObjectList List(string kind, string? @namespace = null) => State.List(kind, @namespace);

    public async ValueTask<ObjectList?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken)
    {
        var state = State;
        if (revision == state.Revision)
            return state.List(kind, @namespace);
        // Revisions have no gaps: the distance is what there is to read.
        if (revision > state.Revision || state.Revision - revision > _options.RingEvents)
            return null;
        // A state is visible a moment before its changes are in the ring; those who wait for its revision are released after that.
        await _waiters.WaitAsync(state.Revision, cancellationToken);
        var changes = new List<CacheEvent>();
        var subscription = Subscribe(kind, revision);
        for (var reached = revision; reached < state.Revision;)
        {
            var batch = await subscription.ReadAsync(until: new CancellationToken(canceled: true), cancellationToken);
            changes.AddRange(batch.Events.TakeWhile(change => change.Revision <= state.Revision));
            if (batch.End is not null)
                return null;
            reached = batch.Revision;
        }

        return state.ListBefore(kind, @namespace, revision, changes);
    }

    public Task WaitForRevisionAsync(long revision, CancellationToken cancellationToken) => _waiters.WaitAsync(revision, cancellationToken);

    public ICacheSubscription Subscribe(string? kind, long? afterRevision) => new CacheSubscription(_ring, _replay, _time, kind, afterRevision ?? State.Revision);

    /// <summary>Starts following the store; does not wait for <see cref="Ready"/>.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running;
        _isCurrent = false;
        _ring.Stop();
        var stopped = new StoreUnavailableException(StoreUnavailableReason.Closed, "The cache is stopped.");
        _waiters.Fail(stopped);
        if (_ready.TrySetException(stopped))
            _ = _ready.Task.Exception;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _replay.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        var delay = FirstRetryDelay;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!_isCurrent)
                    await LoadIfAnotherHistoryAsync(stopping);
                await FollowAsync(stopping);
                delay = FirstRetryDelay;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Whatever it was, a cache that stops following would go on showing the past as if it were the present.
                _isCurrent = false;
                LogStoreAway(delay, exception.Message, exception as StoreUnavailableException is null ? exception : null);
                await Task.Delay(delay, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _options.MaxRetryDelay.Ticks));
            }
        }
    }

    private async Task LoadIfAnotherHistoryAsync(CancellationToken stopping)
    {
        var identity = await _store.ReadIdentityAsync(stopping);
        if (_state?.Identity != identity)
            await LoadAsync(identity, stopping);
    }

    private async Task LoadAsync(StoreIdentity identity, CancellationToken stopping)
    {
        var state = CacheState.Load(identity, await _store.ReadSnapshotAsync(null, stopping));
        _state = state;
        _ring.Reset(state.Revision);
        _waiters.Reach(state.Revision);
        LogLoaded(state.Revision, identity);
        _ready.TrySetResult();
    }

    /// <summary>One step of following the log: reads what there is and, if that is nothing, waits.</summary>
    private async Task FollowAsync(CancellationToken stopping)
    {
        var state = State;
        switch (await _store.ReadChangesAsync(state.Revision, _options.PageSize, withPrevious: false, stopping))
        {
            case ChangePage.Page { Changes.Count: > 0 } page:
                Publish(state, page.Changes);
                break;
            case ChangePage.Page page when page.CurrentRevision >= state.Revision:
                _isCurrent = true;
                await _store.WaitForChangesAsync(state.Revision, stopping);
                break;
            default:
                // Compacted past us, or gone back: a log that does not contain our revision is not the one we followed.
                _isCurrent = false;
                await LoadAsync(await _store.ReadIdentityAsync(stopping), stopping);
                break;
        }
    }

    private void Publish(CacheState state, IReadOnlyList<Change> changes)
    {
        var (next, events) = state.Apply(changes);
        _state = next;
        _ring.Publish(events);
        _waiters.Reach(next.Revision);
    }

    [LoggerMessage(EventId = 2101, Level = LogLevel.Information, Message = "The watch cache is loaded at revision {Revision} of store {Identity}")]
    private partial void LogLoaded(long revision, StoreIdentity identity);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Warning, Message = "The watch cache cannot read the store and tries again in {Delay}: {Reason}")]
    private partial void LogStoreAway(TimeSpan delay, string reason, Exception? unexpected);
}
