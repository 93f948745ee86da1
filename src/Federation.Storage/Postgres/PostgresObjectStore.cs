using Federation.Api;
using Federation.Storage.Writing;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>The store in a PostgreSQL database, for any number of processes. Each has one writing connection with group commit; the sequencer row puts them in order.</summary>
public sealed partial class PostgresObjectStore : IObjectStore
{
    private const int PruneStretch = 500;

    // A usual batch leaves in one piece, instead of waking the server for every 8 KiB of it.
    private const int WriterBufferBytes = 256 * 1024;

    private readonly ILogger _logger;
    private readonly NpgsqlDataSource _pool;
    private readonly NpgsqlDataSource _own;
    private readonly PostgresReader _reader;
    private readonly PostgresUpkeep _upkeep;
    private readonly PostgresNotifier _notifier;
    private readonly WriteQueue _queue;
    private readonly ChangeSignal _signal = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _writing = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;
    private Task _notifying = Task.CompletedTask;
    private PostgresWriter? _writer;
    private volatile bool _closed;

    private PostgresObjectStore(PostgresStoreOptions options, ILogger logger)
    {
        _logger = logger;
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            MaxPoolSize = options.Readers,
            MaxAutoPrepare = 16,
            AutoPrepareMinUsages = 2,
            ApplicationName = "federation",
        };
        _pool = NpgsqlDataSource.Create(settings);
        settings.Pooling = false;
        settings.WriteBufferSize = WriterBufferBytes;
        _own = NpgsqlDataSource.Create(settings);
        _reader = new PostgresReader(_pool);
        _upkeep = new PostgresUpkeep(_pool);
        _notifier = new PostgresNotifier(_own, logger);
        _queue = new WriteQueue(options.QueueCapacity);
    }

    /// <summary>Connects, and creates or migrates the schema <c>federation</c>.</summary>
    /// <exception cref="StoreUnavailableException">The server does not answer, refuses, or holds a newer schema.</exception>
    public static async Task<PostgresObjectStore> OpenAsync(
        PostgresStoreOptions options, TimeProvider time, ILogger<PostgresObjectStore> logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var store = new PostgresObjectStore(options, logger);
        try
        {
            await store.TryAsync(() => store.PrepareAsync(cancellationToken));
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }

        var listener = new PostgresListener(store._own, store._signal, options.ListenTimeout, time, logger);
        store._listening = Task.Run(() => listener.RunAsync(store._stopping.Token), CancellationToken.None);
        store._notifying = Task.Run(() => store._notifier.RunAsync(store._stopping.Token), CancellationToken.None);
        store._writing = Task.Run(store.RunWriterAsync, CancellationToken.None);
        return store;
    }

    public async Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) =>
        (await TryAsync(() => _reader.ReadStoreAsync(cancellationToken))).Identity;

    public async Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken)
    {
        var identity = Guid.NewGuid();
        await TryAsync(async () =>
        {
            var revision = await _upkeep.BeginHistoryAsync(identity, cancellationToken);
            _signal.Publish(revision);
            _notifier.Publish(revision);
            return true;
        });
        return new StoreIdentity(identity);
    }

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) => TryAsync(() => _reader.GetAsync(key, cancellationToken));

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => _queue.SubmitAsync(write, cancellationToken);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) =>
        TryAsync(() => _reader.ReadSnapshotAsync(kind, cancellationToken));

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return TryAsync(() => _reader.ReadChangesAsync(afterRevision, limit, withPrevious, cancellationToken));
    }

    public async Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken) =>
        (await TryAsync(() => _reader.ReadStoreAsync(cancellationToken))).Revision;

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => _signal.WaitAsync(afterRevision, cancellationToken);

    public async Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken)
    {
        var compacted = await TryAsync(() => _upkeep.CompactAsync(throughRevision, cancellationToken));
        while (await TryAsync(() => _upkeep.PruneAsync(PruneStretch, cancellationToken)))
        {
        }

        return compacted;
    }

    public async Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) =>
        (await TryAsync(() => _reader.ReadStoreAsync(cancellationToken))).CompactedRevision;

    public async Task<IReadOnlyList<DueObject>> ClaimDueAsync(
        DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(claimFor, TimeSpan.Zero);
        return await TryAsync(() => _upkeep.ClaimDueAsync(now, limit, claimFor, claimant, cancellationToken));
    }

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) => TryAsync(() => _reader.ReadNextDueAsync(cancellationToken));

    /// <summary>Writes what is queued, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closed)
            return;
        _queue.Close();
        await _writing;
        _closed = true;
        await _stopping.CancelAsync();
        await _listening;
        await _notifying;
        _signal.Close();
        if (_writer is not null)
            await _writer.DisposeAsync();
        await _pool.DisposeAsync();
        await _own.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task<bool> PrepareAsync(CancellationToken cancellationToken)
    {
        await using (var connection = await _own.OpenConnectionAsync(cancellationToken))
        {
            await PostgresSchema.MigrateAsync(connection, Guid.NewGuid(), cancellationToken);
            await using var fsync = new NpgsqlCommand("SHOW fsync", connection);
            if (await fsync.ExecuteScalarAsync(cancellationToken) is "off")
                LogNotDurable();
        }

        _writer = await PostgresWriter.OpenAsync(_own, cancellationToken);
        _signal.Publish((await _reader.ReadStoreAsync(cancellationToken)).Revision);
        return true;
    }

    private async Task RunWriterAsync()
    {
        var gathered = new List<PendingWrite>(WriteQueue.MaxBatchWrites);
        var batch = new List<PendingWrite>(WriteQueue.MaxBatchWrites);
        while (gathered.Count > 0 || await _queue.WaitAsync())
        {
            // Those whose writes were acknowledged just now are waiting for this thread: let them queue their next ones first.
            // It doubles the batch under load, and a batch costs a round trip and a sync however large it is.
            await Task.Yield();
            _queue.Gather(gathered);
            DistinctKeys.Move(gathered, batch);
            await WriteBatchAsync(batch);
            batch.Clear();
        }
    }

    private async Task WriteBatchAsync(List<PendingWrite> batch)
    {
        try
        {
            _writer ??= await PostgresWriter.OpenAsync(_own, CancellationToken.None);
            var revision = await _writer.WriteAsync(batch, CancellationToken.None);
            WriteBatch.Acknowledge(batch);
            _signal.Publish(revision);
            _notifier.Publish(revision);
        }
        catch (Exception exception)
        {
            // The loop must live; the connection need not.
            LogWriteFailed(batch.Count, exception.Message);
            if (_writer is { } broken)
            {
                _writer = null;
                await broken.DisposeAsync();
            }

            WriteBatch.Fail(batch, PostgresErrors.Translate(exception));
        }
    }

    private async Task<T> TryAsync<T>(Func<Task<T>> call)
    {
        if (_closed)
            throw WriteQueue.Closed();
        try
        {
            return await call();
        }
        catch (Exception exception) when (PostgresErrors.IsDatabaseError(exception))
        {
            throw PostgresErrors.Translate(exception);
        }
        catch (ObjectDisposedException) when (_closed)
        {
            throw WriteQueue.Closed();
        }
    }

    [LoggerMessage(EventId = 2012, Level = LogLevel.Error, Message = "A transaction of {Writes} writes failed: {Reason}")]
    private partial void LogWriteFailed(int writes, string reason);

    [LoggerMessage(EventId = 2013, Level = LogLevel.Warning, Message = "The PostgreSQL server runs with fsync=off: acknowledged writes may be lost when its machine fails")]
    private partial void LogNotDurable();
}
