using Federation.Api;
using Federation.Storage;

namespace Federation.Grains.Tests;

/// <summary>The store as one life of a control plane sees it, from its start to its crash: it knows what is asked and not answered yet.</summary>
/// <remarks>A grain that a crash ended runs no further, not even to take an answer: what it asked, a last turn of it after the crash included, is never over. It must not count for those who come after it.</remarks>
internal sealed class StoreLife(IObjectStore inner) : IObjectStore
{
    private int _begun;
    private int _ended;

    /// <summary>Whatever was asked of the store has been answered.</summary>
    public bool IsQuiet => _ended == _begun;

    /// <summary>What was asked of the store so far, of whatever kind.</summary>
    public int Begun => _begun;

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => CountAsync(() => inner.GetAsync(key, cancellationToken));

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => CountAsync(() => inner.WriteAsync(write, cancellationToken));

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) => CountAsync(() => inner.ReadIdentityAsync(cancellationToken));

    public Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken) => CountAsync(() => inner.RenewIdentityAsync(cancellationToken));

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) => CountAsync(() => inner.ReadSnapshotAsync(kind, cancellationToken));

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken) =>
        CountAsync(() => inner.ReadChangesAsync(afterRevision, limit, withPrevious, cancellationToken));

    public Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken) => CountAsync(() => inner.ReadCurrentRevisionAsync(cancellationToken));

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => inner.WaitForChangesAsync(afterRevision, cancellationToken);

    public Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken) => CountAsync(() => inner.CompactAsync(throughRevision, cancellationToken));

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) => CountAsync(() => inner.ReadCompactedRevisionAsync(cancellationToken));

    public Task<IReadOnlyList<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken) =>
        CountAsync(() => inner.ClaimDueAsync(now, limit, claimFor, claimant, cancellationToken));

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => CountAsync(() => inner.ReadNextDueAsync(cancellationToken));

    /// <summary>The store outlives the process that uses it; its owner closes the inner one.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> CountAsync<T>(Func<Task<T>> operation)
    {
        Interlocked.Increment(ref _begun);
        try
        {
            return await operation();
        }
        finally
        {
            Interlocked.Increment(ref _ended);
        }
    }
}
