using Federation.Api;

namespace Federation.Storage.Sqlite;

/// <summary>A connection that only reads, beside the writer: in WAL mode neither waits for the other. Used by one caller at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    // A page of the log stays below this, so that a few large objects do not take the memory of thousands of small ones.
    private const int MaxPageBytes = 8 * 1024 * 1024;

    private const string SelectChanges = """
        SELECT c.revision, c.type, c.kind, c.namespace, c.name, c.uid, c.generation, c.previous_revision, c.json
        """;

    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _end;
    private readonly SqliteStatement _store;
    private readonly SqliteStatement _get;
    private readonly SqliteStatement _all;
    private readonly SqliteStatement _ofKind;
    private readonly SqliteStatement _changes;
    private readonly SqliteStatement _changesWithPrevious;
    private readonly SqliteStatement _nextDue;

    public SqliteReader(SqliteDatabase database)
    {
        _database = database;
        _begin = database.Prepare("BEGIN");
        _end = database.Prepare("COMMIT");
        _store = database.Prepare("SELECT identity, revision, compacted_revision FROM store");
        const string objects = """
            SELECT o.kind, o.namespace, o.name, o.uid, o.generation, o.revision, o.reconcile_due, c.json
            FROM objects o JOIN changes c ON c.revision = o.revision
            """;
        _get = database.Prepare($"{objects} WHERE o.kind = ?1 AND o.namespace = ?2 AND o.name = ?3");
        _all = database.Prepare($"{objects} ORDER BY o.kind, o.namespace, o.name");
        _ofKind = database.Prepare($"{objects} WHERE o.kind = ?1 ORDER BY o.namespace, o.name");
        _changes = database.Prepare($"{SelectChanges} FROM changes c WHERE c.revision > ?1 ORDER BY c.revision LIMIT ?2");
        _changesWithPrevious = database.Prepare($"""
            {SelectChanges}, p.json FROM changes c LEFT JOIN changes p ON p.revision = c.previous_revision
            WHERE c.revision > ?1 ORDER BY c.revision LIMIT ?2
            """);
        _nextDue = database.Prepare("""
            SELECT min(due) FROM (
                SELECT min(claimed_until) AS due FROM objects WHERE claimed_until IS NOT NULL
                UNION ALL
                SELECT * FROM (SELECT reconcile_due FROM objects WHERE reconcile_due IS NOT NULL AND claimed_until IS NULL ORDER BY reconcile_due LIMIT 1))
            """);
    }

    public (StoreIdentity Identity, long Revision, long CompactedRevision) ReadStore()
    {
        if (!_store.Step())
            throw new StoreUnavailableException(StoreUnavailableReason.Damaged, "The database has lost its store row.");
        var store = (new StoreIdentity(Guid.ParseExact(_store.GetString(0), "D")), _store.GetInt64(1), _store.GetInt64(2));
        _store.Reset();
        return store;
    }

    public StoredObject? Get(ObjectKey key)
    {
        _get.Bind(1, key.Kind).Bind(2, key.Namespace).Bind(3, key.Name);
        if (!_get.Step())
            return null;
        var found = ReadObject(_get);
        _get.Reset();
        return found;
    }

    public StoreSnapshot ReadSnapshot(string? kind) => Consistently(() =>
    {
        var revision = ReadStore().Revision;
        var objects = new List<StoredObject>();
        var statement = kind is null ? _all : _ofKind.Bind(1, kind);
        while (statement.Step())
            objects.Add(ReadObject(statement));
        return new StoreSnapshot(revision, objects);
    });

    public ChangePage ReadChanges(long afterRevision, int limit, bool withPrevious) => Consistently<ChangePage>(() =>
    {
        var (_, current, compacted) = ReadStore();
        if (afterRevision < compacted)
            return new ChangePage.Compacted(compacted);
        var changes = new List<Change>();
        var bytes = 0;
        var statement = (withPrevious ? _changesWithPrevious : _changes).Bind(1, afterRevision).Bind(2, limit);
        while (statement.Step())
        {
            var change = ReadChange(statement, withPrevious);
            changes.Add(change);
            bytes += change.Json.Length + (change.PreviousJson?.Length ?? 0);
            if (bytes < MaxPageBytes)
                continue;
            statement.Reset();
            break;
        }

        return new ChangePage.Page(changes, current);
    });

    public DateTimeOffset? ReadNextDue() => _nextDue.ReadNumber() is { } due ? StoreTime.FromMicroseconds(due) : null;

    public void Dispose() => _database.Dispose();

    private static StoredObject ReadObject(SqliteStatement row) => new(
        new ObjectKey(row.GetString(0), row.GetString(1), row.GetString(2)),
        row.GetString(3),
        row.GetInt64(4),
        row.GetInt64(5),
        row.GetBytes(7),
        row.IsNull(6) ? null : StoreTime.FromMicroseconds(row.GetInt64(6)));

    private static Change ReadChange(SqliteStatement row, bool withPrevious)
    {
        var previous = row.GetInt64(7);
        var type = (ChangeType)row.GetInt64(1);
        return new Change(
            row.GetInt64(0),
            type,
            IsCreate: type == ChangeType.Put && previous == 0,
            new ObjectKey(row.GetString(2), row.GetString(3), row.GetString(4)),
            row.GetString(5),
            row.GetInt64(6),
            row.GetBytes(8),
            previous,
            withPrevious && previous != 0 ? row.GetBytes(9) : default(ReadOnlyMemory<byte>?));
    }

    private T Consistently<T>(Func<T> read)
    {
        _begin.Execute();
        try
        {
            var result = read();
            _end.Execute();
            return result;
        }
        catch
        {
            _database.Rollback();
            throw;
        }
    }
}
