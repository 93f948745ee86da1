using System.Collections.Concurrent;
using Federation.Api;
using Federation.Storage;

namespace Federation.Grains.Tests;

/// <summary>A store that can be told to fail: at the n-th operation before or after it was made, or for good.</summary>
internal sealed class FaultyStore : IObjectStore
{
    private readonly IObjectStore _inner;
    private int _operations;

    public FaultyStore(IObjectStore inner)
    {
        _inner = inner;
        Life = new StoreLife(this);
    }

    /// <summary>What the control plane that lives now sees of the store.</summary>
    public StoreLife Life { get; private set; }

    /// <summary>Every read and write of an object counts.</summary>
    public int Operations => _operations;

    /// <summary>Writes made so far, timers included.</summary>
    public int Writes { get; private set; }

    /// <summary>The operation that fails, counted from 1; null: none.</summary>
    public int? FailAt { get; set; }

    /// <summary>True: the operation is made and its answer lost.</summary>
    public bool FailAfter { get; set; }

    /// <summary>Set: nothing works.</summary>
    public StoreUnavailableReason? Down { get; set; }

    /// <summary>Runs when the fault strikes.</summary>
    public Action? OnFault { get; set; }

    /// <summary>Set: a read of an object waits for this before it is made.</summary>
    public Task? BeforeRead { get; set; }

    /// <summary>Set: a read of an object waits for this once it was made.</summary>
    public Task? AfterRead { get; set; }

    /// <summary>How often an object was read, by key.</summary>
    public ConcurrentDictionary<ObjectKey, int> Reads { get; } = [];

    /// <summary>Reads that wait now.</summary>
    public int Waiting { get; private set; }

    public void Count() => _operations = 0;

    /// <summary>The control plane that has asked so far is dead, and another one begins.</summary>
    public void BeginLife() => Life = new StoreLife(this);

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => ReadAsync(key, cancellationToken);

    private async Task<StoredObject?> ReadAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        Reads.AddOrUpdate(key, 1, static (_, count) => count + 1);
        await WaitAsync(BeforeRead);
        var stored = await RunAsync(() => _inner.GetAsync(key, cancellationToken));
        await WaitAsync(AfterRead);
        return stored;
    }

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken)
    {
        Writes++;
        return RunAsync(() => _inner.WriteAsync(write, cancellationToken));
    }

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) => _inner.ReadIdentityAsync(cancellationToken);

    public Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken) => _inner.RenewIdentityAsync(cancellationToken);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) => _inner.ReadSnapshotAsync(kind, cancellationToken);

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken) =>
        _inner.ReadChangesAsync(afterRevision, limit, withPrevious, cancellationToken);

    public Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken) => _inner.ReadCurrentRevisionAsync(cancellationToken);

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => _inner.WaitForChangesAsync(afterRevision, cancellationToken);

    public Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken) => _inner.CompactAsync(throughRevision, cancellationToken);

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) => _inner.ReadCompactedRevisionAsync(cancellationToken);

    public Task<IReadOnlyList<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken) =>
        _inner.ClaimDueAsync(now, limit, claimFor, claimant, cancellationToken);

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => _inner.ReadNextDueAsync(cancellationToken);

    /// <summary>The store outlives the process that uses it; its owner closes the inner one.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<T> RunAsync<T>(Func<Task<T>> operation)
    {
        if (Down is { } reason)
            throw new StoreUnavailableException(reason, $"The store is down: {reason}.");
        var strikes = Interlocked.Increment(ref _operations) == FailAt;
        if (strikes && !FailAfter)
            Strike();
        var result = await operation();
        if (strikes)
            Strike();
        return result;
    }

    private async Task WaitAsync(Task? gate)
    {
        if (gate is null)
            return;
        Waiting++;
        await gate;
        Waiting--;
    }

    private void Strike()
    {
        OnFault?.Invoke();
        throw new StoreUnavailableException(StoreUnavailableReason.Failed, "A fault was injected.");
    }
}
