using Federation.Api;
using Federation.Storage.Writing;
using Microsoft.Extensions.Logging;

namespace Federation.Storage.Sqlite;

/// <summary>The store in one file, for one process. Many readers beside one writer thread with group commit.</summary>
public sealed partial class SqliteObjectStore : IObjectStore
{
    // Short enough that writers in the queue do not notice, long enough to finish a day's log in seconds.
    private const int PruneStretch = 500;

    private readonly SqliteStoreOptions _options;
    private readonly ILogger _logger;
    private readonly SqliteLock _processLock;
    private readonly SqliteReaderPool _readers;
    private readonly WriteQueue _queue;
    private readonly ChangeSignal _signal = new();
    private readonly Lock _writerGate = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqliteWriter? _writer;
    private bool _closed;

    private SqliteObjectStore(SqliteStoreOptions options, ILogger logger, SqliteLock processLock)
    {
        _options = options;
        _logger = logger;
        _processLock = processLock;
        _queue = new WriteQueue(options.QueueCapacity);
        _readers = new SqliteReaderPool(options.Path, options.Readers);
        _writer = OpenWriter();
        RenewIfReplaced(_writer);
        _signal.Publish(_writer.Revision);
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        _thread.Start();
    }

    /// <summary>Opens the file, creating or migrating it.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be opened; <see cref="StoreUnavailableReason.InUse"/> when another process has it open.</exception>
    public static Task<SqliteObjectStore> OpenAsync(SqliteStoreOptions options, ILogger<SqliteObjectStore> logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        return Task.Run(
            () =>
            {
                var processLock = SqliteLock.Take(options.Path);
                try
                {
                    return new SqliteObjectStore(options, logger, processLock);
                }
                catch
                {
                    processLock.Dispose();
                    throw;
                }
            },
            cancellationToken);
    }

    public Task<StoreIdentity> ReadIdentityAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reader => reader.ReadStore().Identity, cancellationToken);

    public async Task<StoreIdentity> RenewIdentityAsync(CancellationToken cancellationToken)
    {
        var identity = Guid.NewGuid();
        await UseWriterAsync(
            writer =>
            {
                writer.BeginHistory(identity);
                _processLock.Mark(writer.Revision);
                _signal.Publish(writer.Revision);
                return true;
            },
            cancellationToken);
        return new StoreIdentity(identity);
    }

    public Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken) =>
        _readers.ReadAsync(reader => reader.Get(key), cancellationToken);

    public Task<WriteOutcome> WriteAsync(ObjectWrite write, CancellationToken cancellationToken) => _queue.SubmitAsync(write, cancellationToken);

    public Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken) =>
        Task.Run(() => _readers.ReadAsync(reader => reader.ReadSnapshot(kind), cancellationToken), cancellationToken);

    public Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return _readers.ReadAsync(reader => reader.ReadChanges(afterRevision, limit, withPrevious), cancellationToken);
    }

    public Task<long> ReadCurrentRevisionAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reader => reader.ReadStore().Revision, cancellationToken);

    public Task<long> WaitForChangesAsync(long afterRevision, CancellationToken cancellationToken) => _signal.WaitAsync(afterRevision, cancellationToken);

    public async Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken)
    {
        var compacted = await UseWriterAsync(writer => writer.Compact(throughRevision), cancellationToken);
        while (await UseWriterAsync(writer => writer.Prune(PruneStretch), cancellationToken))
        {
        }

        return compacted;
    }

    public Task<long> ReadCompactedRevisionAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reader => reader.ReadStore().CompactedRevision, cancellationToken);

    public async Task<IReadOnlyList<DueObject>> ClaimDueAsync(
        DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(claimFor, TimeSpan.Zero);
        return await UseWriterAsync(writer => writer.ClaimDue(now, limit, claimFor, claimant), cancellationToken);
    }

    public Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken) =>
        _readers.ReadAsync(reader => reader.ReadNextDue(), cancellationToken);

    /// <summary>Writes what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _stopped.Task;
        lock (_writerGate)
        {
            _closed = true;
            _writer?.Dispose();
            _writer = null;
        }

        _signal.Close();
        _readers.Dispose();
        _processLock.Dispose();
    }

    private SqliteWriter OpenWriter()
    {
        var database = SqliteDatabase.OpenWriter(_options.Path);
        try
        {
            SqliteSchema.Migrate(database, _options.Path, Guid.NewGuid());
            return new SqliteWriter(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>A store that is behind where it was is an older copy of itself, put back by hand: what it gave out since means nothing to it.</summary>
    private void RenewIfReplaced(SqliteWriter writer)
    {
        var mark = _processLock.ReadMark();
        if (writer.Revision < mark)
        {
            LogReplaced(_options.Path, writer.Revision, mark);
            writer.BeginHistory(Guid.NewGuid(), mark);
        }

        if (writer.Revision != mark)
            _processLock.Mark(writer.Revision);
    }

    private void Run()
    {
        var batch = new List<PendingWrite>(WriteQueue.MaxBatchWrites);
        while (_queue.WaitAsync().AsTask().GetAwaiter().GetResult())
        {
            _queue.Gather(batch);
            WriteBatchNow(batch);
            batch.Clear();
        }

        _stopped.SetResult();
    }

    private void WriteBatchNow(List<PendingWrite> batch)
    {
        if (batch.Count == 0)
            return;
        try
        {
            long revision;
            lock (_writerGate)
            {
                revision = WithWriter(writer =>
                {
                    writer.Write(batch);
                    _processLock.Mark(writer.Revision);
                    return writer.Revision;
                });
            }

            WriteBatch.Acknowledge(batch);
            _signal.Publish(revision);
        }
        catch (StoreUnavailableException exception)
        {
            LogWriteFailed(batch.Count, exception.Message);
            WriteBatch.Fail(batch, exception);
        }
        catch (Exception exception)
        {
            // The thread must live: what a programming error costs is this batch.
            LogWriteFailed(batch.Count, exception.Message);
            WriteBatch.Fail(batch, new StoreUnavailableException(StoreUnavailableReason.Failed, exception.Message, exception));
        }
    }

    private Task<T> UseWriterAsync<T>(Func<SqliteWriter, T> work, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            lock (_writerGate)
                return WithWriter(work);
        },
        cancellationToken);

    /// <summary>Runs work on the writing connection and, after any failure, opens a new one at the next call:
    /// after an I/O error nothing that the old connection remembers can be trusted.</summary>
    private T WithWriter<T>(Func<SqliteWriter, T> work)
    {
        if (_closed)
            throw WriteQueue.Closed();
        _writer ??= OpenWriter();
        try
        {
            return work(_writer);
        }
        catch
        {
            _writer.Dispose();
            _writer = null;
            throw;
        }
    }

    [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "{Path} is at revision {Revision} and was at {Mark}: an older copy was put back. It counts as restored")]
    private partial void LogReplaced(string path, long revision, long mark);

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "A transaction of {Writes} writes failed: {Reason}")]
    private partial void LogWriteFailed(int writes, string reason);
}
