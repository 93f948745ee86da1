using System.Globalization;
using Federation.Api;
using Federation.Storage.Writing;

namespace Federation.Storage.Sqlite;

/// <summary>The one connection that writes. Called by one thread at a time; every method is one transaction.</summary>
internal sealed class SqliteWriter : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _update;
    private readonly SqliteStatement _delete;
    private readonly SqliteStatement _setDue;
    private readonly SqliteStatement _current;
    private readonly SqliteStatement _logPut;
    private readonly SqliteStatement _logDelete;
    private readonly SqliteStatement _setSequencer;
    private readonly SqliteStatement _findDue;
    private readonly SqliteStatement _claim;
    private long _revision;

    public SqliteWriter(SqliteDatabase database)
    {
        _database = database;
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insert = database.Prepare("""
            INSERT INTO objects (kind, namespace, name, uid, generation, reconcile_due, revision)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING
            """);
        _update = database.Prepare("""
            UPDATE objects SET uid = ?4, generation = ?5, reconcile_due = ?6, revision = ?7, claimed_until = NULL, claimed_by = NULL
            WHERE kind = ?1 AND namespace = ?2 AND name = ?3 AND revision = ?8
            """);
        _delete = database.Prepare("DELETE FROM objects WHERE kind = ?1 AND namespace = ?2 AND name = ?3 AND revision = ?4");
        _setDue = database.Prepare("""
            UPDATE objects SET reconcile_due = ?5, claimed_until = NULL, claimed_by = NULL
            WHERE kind = ?1 AND namespace = ?2 AND name = ?3 AND revision = ?4
            """);
        _current = database.Prepare("SELECT revision FROM objects WHERE kind = ?1 AND namespace = ?2 AND name = ?3");
        _logPut = database.Prepare("""
            INSERT INTO changes (revision, type, kind, namespace, name, uid, generation, previous_revision, json)
            VALUES (?4, 1, ?1, ?2, ?3, ?5, ?6, ?7, ?8)
            """);
        _logDelete = database.Prepare("""
            INSERT INTO changes (revision, type, kind, namespace, name, uid, generation, previous_revision, json)
            SELECT ?1, 2, kind, namespace, name, uid, generation, revision, json FROM changes WHERE revision = ?2
            """);
        _setSequencer = database.Prepare("UPDATE store SET revision = ?1");
        _findDue = database.Prepare("""
            SELECT kind, namespace, name, uid, revision, reconcile_due FROM objects
            WHERE reconcile_due <= ?1 AND (claimed_until IS NULL OR claimed_until <= ?1) ORDER BY reconcile_due LIMIT ?2
            """);
        _claim = database.Prepare("UPDATE objects SET claimed_until = ?4, claimed_by = ?5 WHERE kind = ?1 AND namespace = ?2 AND name = ?3");
        _revision = database.ReadNumber("SELECT revision FROM store");
    }

    public long Revision => _revision;

    /// <summary>Writes a batch in one transaction and fills the outcomes; they hold when this returns.</summary>
    public void Write(List<PendingWrite> batch)
    {
        var revision = _revision;
        InTransaction(() =>
        {
            foreach (var pending in batch)
                pending.Outcome = Apply(pending.Write, ref revision);
            if (revision != _revision)
                _setSequencer.Bind(1, revision).Execute();
        });
        _revision = revision;
    }

    public List<DueObject> ClaimDue(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant)
    {
        var claimed = new List<DueObject>();
        var until = now + claimFor;
        InTransaction(() =>
        {
            _findDue.Bind(1, StoreTime.ToMicroseconds(now)).Bind(2, limit);
            while (_findDue.Step())
            {
                var key = new ObjectKey(_findDue.GetString(0), _findDue.GetString(1), _findDue.GetString(2));
                claimed.Add(new DueObject(key, _findDue.GetString(3), _findDue.GetInt64(4), StoreTime.FromMicroseconds(_findDue.GetInt64(5)), until));
            }

            foreach (var due in claimed)
                BindKey(_claim, due.Key).Bind(4, StoreTime.ToMicroseconds(until)).Bind(5, claimant).Execute();
        });
        return claimed;
    }

    /// <param name="identity">Of the new history.</param>
    /// <param name="atLeast">The highest revision that the old one is known to have reached.</param>
    public void BeginHistory(Guid identity, long atLeast = 0)
    {
        InTransaction(() => SqliteSchema.BeginHistory(_database, identity, atLeast));
        _revision = _database.ReadNumber("SELECT revision FROM store");
    }

    /// <summary>Moves the compacted revision forward, which readers obey from then on.</summary>
    public long Compact(long throughRevision)
    {
        var compacted = 0L;
        InTransaction(() =>
        {
            _database.Execute(string.Create(
                CultureInfo.InvariantCulture,
                $"UPDATE store SET compacted_revision = max(compacted_revision, min(revision, {throughRevision}))"));
            compacted = _database.ReadNumber("SELECT compacted_revision FROM store");
        });
        return compacted;
    }

    /// <summary>Removes a stretch of what lies at or before the compacted revision; false: nothing is left to remove.</summary>
    /// <remarks>Looks only at changes, never at what exists: a change makes the version it replaced superfluous, and a delete itself too.</remarks>
    public bool Prune(int stretch)
    {
        var more = false;
        InTransaction(() =>
        {
            var from = _database.ReadNumber("SELECT pruned_revision FROM store");
            var through = Math.Min(from + stretch, _database.ReadNumber("SELECT compacted_revision FROM store"));
            if (through <= from)
                return;
            _database.Execute(string.Create(CultureInfo.InvariantCulture, $"""
                DELETE FROM changes WHERE revision IN (SELECT previous_revision FROM changes WHERE revision > {from} AND revision <= {through});
                DELETE FROM changes WHERE revision > {from} AND revision <= {through} AND type = 2;
                UPDATE store SET pruned_revision = {through};
                """));
            more = true;
        });
        return more;
    }

    public void Dispose() => _database.Dispose();

    private static SqliteStatement BindKey(SqliteStatement statement, ObjectKey key) =>
        statement.Bind(1, key.Kind).Bind(2, key.Namespace).Bind(3, key.Name);

    private WriteOutcome Apply(ObjectWrite write, ref long revision)
    {
        switch (write)
        {
            case ObjectWrite.Put put:
                var target = put.ExpectedRevision == 0 ? _insert : BindKey(_update, put.Key).Bind(8, put.ExpectedRevision);
                BindKey(target, put.Key).Bind(4, put.Uid).Bind(5, put.Generation)
                    .Bind(6, put.ReconcileDue is { } due ? StoreTime.ToMicroseconds(due) : null).Bind(7, revision + 1);
                if (target.Execute() == 0)
                    return Conflict(put.Key);
                BindKey(_logPut, put.Key).Bind(4, ++revision).Bind(5, put.Uid).Bind(6, put.Generation).Bind(7, put.ExpectedRevision).Bind(8, put.Json).Execute();
                return new WriteOutcome.Written(revision);
            case ObjectWrite.Delete delete:
                if (BindKey(_delete, delete.Key).Bind(4, delete.ExpectedRevision).Execute() == 0)
                    return Conflict(delete.Key);
                _logDelete.Bind(1, ++revision).Bind(2, delete.ExpectedRevision).Execute();
                return new WriteOutcome.Written(revision);
            case ObjectWrite.SetReconcileDue set:
                BindKey(_setDue, set.Key).Bind(4, set.ExpectedRevision).Bind(5, set.ReconcileDue is { } next ? StoreTime.ToMicroseconds(next) : null);
                return _setDue.Execute() == 0 ? Conflict(set.Key) : new WriteOutcome.Written(set.ExpectedRevision);
            default:
                throw new ArgumentException($"There is no write {write.GetType().Name}.", nameof(write));
        }
    }

    private WriteOutcome.Conflict Conflict(ObjectKey key) => new(BindKey(_current, key).ReadNumber() ?? 0);

    private void InTransaction(Action work)
    {
        _begin.Execute();
        try
        {
            work();
            _commit.Execute();
        }
        catch
        {
            _database.Rollback();
            throw;
        }
    }
}
