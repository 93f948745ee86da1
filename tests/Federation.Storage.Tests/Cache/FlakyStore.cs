using Federation.Api;
using Federation.Storage.Tests.Conformance;

namespace Federation.Storage.Tests.Cache;

/// <summary>A store that can be taken away and given back.</summary>
internal sealed class FlakyStore(IObjectStore store) : IObjectStore
{
    private int _refused;
    private int _revisionsRead;

    public bool IsAway { get; set; }

    /// <summary>How many calls found it away.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public int SnapshotsRead { get; private set; }

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) => Try(() => store.ReadIdentityAsync(cancellationToken));

    public Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken) => store.RenewIdentityAsync(cancellationToken);

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => Try(() => store.GetAsync(key, cancellationToken));

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => store.WriteAsync(write, cancellationToken);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken)
    {
        SnapshotsRead++;
        return Try(() => store.ReadSnapshotAsync(kind, cancellationToken));
    }

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken) =>
        Try(() => store.ReadChangesAsync(afterRevision, limit, withPrevious, cancellationToken));

    public async Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken)
    {
        var revision = await Try(() => store.ReadCurrentRevisionAsync(cancellationToken));
        Interlocked.Increment(ref _revisionsRead);
        return revision;
    }

    public Task RevisionReadAsync(int times) => Sample.UntilAsync(() => Volatile.Read(ref _revisionsRead) >= times);

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => store.WaitForChangesAsync(afterRevision, cancellationToken);

    public Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken) => store.CompactAsync(throughRevision, cancellationToken);

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) => store.ReadCompactedRevisionAsync(cancellationToken);

    public Task<IReadOnlyList<DueObject>> ClaimDueAsync(
        DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken) =>
        store.ClaimDueAsync(now, limit, claimFor, claimant, cancellationToken);

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => store.ReadNextDueAsync(cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private Task<T> Try<T>(Func<Task<T>> call)
    {
        if (!IsAway)
            return call();
        Interlocked.Increment(ref _refused);
        return Task.FromException<T>(new StoreUnavailableException(StoreUnavailableReason.Unreachable, "Taken away by the test."));
    }
}
