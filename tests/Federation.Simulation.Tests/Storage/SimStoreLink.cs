using Federation.Api;
using Federation.Simulation.Tests.Kernel;
using Federation.Storage;

namespace Federation.Simulation.Tests.Storage;

/// <summary>One silo's way to the database: slow or failing when the faults say so. A silo that dies leaves behind what it had sent: made or not, and never answered.</summary>
internal sealed class SimStoreLink(World world, Life life) : IObjectStore
{
    private static readonly TimeSpan Fastest = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(3);

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) => AskAsync(() => world.Store.Identity, cancellationToken);

    public Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken) => throw new NotSupportedException("No restore is simulated.");

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => AskAsync(() => world.Store.Find(key), cancellationToken);

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => AskAsync(() => world.Store.Write(write), cancellationToken, isWrite: true);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) => AskAsync(() => world.Store.Snapshot(kind), cancellationToken);

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken) =>
        AskAsync(() => world.Store.Changes(afterRevision, limit, withPrevious), cancellationToken);

    public Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken) => AskAsync(() => world.Store.Revision, cancellationToken);

    public async Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken)
    {
        await world.Store.WaitAsync(afterRevision).WaitAsync(cancellationToken);
        return world.Store.Revision;
    }

    public Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) => Task.FromResult(0L);

    public Task<IReadOnlyList<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken) =>
        AskAsync(() => world.Store.Claim(now, limit, claimFor), cancellationToken);

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => AskAsync(world.Store.NextDue, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> AskAsync<T>(Func<T> work, CancellationToken cancellationToken, bool isWrite = false)
    {
        var answer = new TaskCompletionSource<T>();
        _ = world.Start(async () =>
        {
            var faults = world.Silo.Disk;
            await world.Delay(world.Draw(Fastest, Slowest) + faults.Delay);
            if (faults.FailsBefore(world))
            {
                answer.TrySetException(new StoreUnavailableException(StoreUnavailableReason.Failed, "A fault of the disk."));
                return;
            }

            var result = work();
            if (isWrite && !life.IsDead)
                world.Silo.Wrote();
            if (isWrite)
                await world.Delay(world.Draw(TimeSpan.Zero, Slowest) + faults.Delay);
            // Who is dead gets no answer.
            if (life.IsDead)
                return;
            if (isWrite && faults.FailsAfter(world))
                answer.TrySetException(new StoreUnavailableException(StoreUnavailableReason.Failed, "The answer of the disk is lost."));
            else
                answer.TrySetResult(result);
        });
        return cancellationToken.CanBeCanceled ? answer.Task.WaitAsync(cancellationToken) : answer.Task;
    }
}

/// <summary>How a disk behaves at present.</summary>
internal sealed class DiskFaults
{
    /// <summary>How much longer everything takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The share of operations that fail without being made, and of writes that are made and look as if they had not.</summary>
    public double FailureRate { get; set; }

    public bool FailsBefore(World world) => FailureRate > 0 && world.Random.NextDouble() < FailureRate / 2;

    public bool FailsAfter(World world) => FailureRate > 0 && world.Random.NextDouble() < FailureRate / 2;
}
