using Federation.Api;
using Federation.Storage;

namespace Federation.Gateway.Tests.Sources;

/// <summary>A store whose log can be held back from a reader, and that can be out of reach: what a second gateway may see of it.</summary>
internal sealed class HeldStore(IObjectStore inner) : IObjectStore
{
    private volatile TaskCompletionSource? _hold;
    private int _asked;

    /// <summary>The newest revision cannot be asked for.</summary>
    public bool IsAway { get; set; }

    /// <summary>Answers in place of the store when it is asked for the newest revision.</summary>
    public Func<Task<long>>? Newest { get; init; }

    /// <summary>How often the newest revision was asked for.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>From now on the log is not read.</summary>
    public void Hold() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        var hold = _hold;
        _hold = null;
        hold?.SetResult();
    }

    public async Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken)
    {
        if (_hold is { } hold)
            await hold.Task.WaitAsync(cancellationToken);
        return await inner.ReadChangesAsync(afterRevision, limit, withPrevious, cancellationToken);
    }

    public Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        if (Newest is { } newest)
            return newest();
        return IsAway ? throw new StoreUnavailableException(StoreUnavailableReason.Unreachable, "away") : inner.ReadCurrentRevisionAsync(cancellationToken);
    }

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) => inner.ReadIdentityAsync(cancellationToken);

    public Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken) => inner.RenewIdentityAsync(cancellationToken);

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => inner.GetAsync(key, cancellationToken);

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => inner.WriteAsync(write, cancellationToken);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) => inner.ReadSnapshotAsync(kind, cancellationToken);

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => inner.WaitForChangesAsync(afterRevision, cancellationToken);

    public Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken) => inner.CompactAsync(throughRevision, cancellationToken);

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) => inner.ReadCompactedRevisionAsync(cancellationToken);

    public Task<IReadOnlyList<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken) =>
        inner.ClaimDueAsync(now, limit, claimFor, claimant, cancellationToken);

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => inner.ReadNextDueAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
