using Federation.Api;

namespace Federation.Storage;

/// <summary>The one transactional store: objects and the log of their changes. Safe for any number of concurrent callers.</summary>
/// <remarks>Expected refusals are values; a database that cannot be used throws <see cref="StoreUnavailableException"/>, and the store works again by itself once the cause is gone.</remarks>
public interface IObjectStore : IAsyncDisposable
{
    Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken);

    /// <summary>Begins a new history: another identity, revisions that go on <see cref="RestoreGap"/> further, and a log that can be read from there only. A restore ends with it.</summary>
    Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken);

    /// <summary>The object as last written, whoever wrote it; null: it does not exist.</summary>
    Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken);

    /// <summary>Writes one object and its log entry in one transaction; durable (synced to the disk) when it returns.</summary>
    /// <remarks>Concurrent writes share one transaction and one sync; a conflict of one does not touch the others.
    /// Cancelling after the write was queued gives up the wait, not the write.</remarks>
    Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken);

    /// <param name="kind">Only this kind; null: all.</param>
    Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken);

    /// <summary>Reads at most <paramref name="limit"/> changes after a revision, in order.</summary>
    /// <param name="withPrevious">Fill <see cref="Change.PreviousJson"/>; it is always there for a change that can be read.</param>
    Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken);

    /// <summary>The revision of the newest change; 0 in an empty store.</summary>
    Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken);

    /// <summary>Returns once the store may have changes after <paramref name="afterRevision"/>, with the newest revision known. A wake-up, not a truth: read the log.</summary>
    /// <remarks>May return early. Does not throw when the database is away; reading the log does.</remarks>
    Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken);

    /// <summary>Forgets the changes up to and including a revision, clipped to the newest. What exists is not touched. Never goes back.</summary>
    /// <returns>The compacted revision that holds now.</returns>
    Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken);

    /// <summary>The log can be read after this revision; 0: from the beginning.</summary>
    Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken);

    /// <summary>Claims objects whose <see cref="StoredObject.ReconcileDue"/> is at or before <paramref name="now"/>, earliest first; no two claimants get the same one at once.</summary>
    /// <remarks>A claim is settled by the next write of the object (or of its timer). A claim that is not settled ends at <c>now + claimFor</c>:
    /// a claimant that dies strands nothing.</remarks>
    Task<IReadOnlyList<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken);

    /// <summary>The earliest moment at which <see cref="ClaimDueAsync"/> would find something; null: no timer is set. A hint for how long to sleep.</summary>
    Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken);
}
