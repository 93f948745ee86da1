using Federation.Api;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>Everything that only reads. Each answer comes from one statement, hence from one snapshot.</summary>
internal sealed class PostgresReader(NpgsqlDataSource source)
{
    private const string ObjectColumns = "o.kind, o.namespace, o.name, o.uid, o.generation, o.revision, o.reconcile_due, c.json";

    private const string ChangeColumns = "c.revision, c.type, c.kind, c.namespace, c.name, c.uid, c.generation, c.previous_revision, c.json";

    public async Task<(StoreIdentity Identity, long Revision, long CompactedRevision)> ReadStoreAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT identity, revision, compacted_revision FROM federation.store");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        if (!await row.ReadAsync(cancellationToken))
            throw new StoreUnavailableException(StoreUnavailableReason.Damaged, "The database has lost its store row.");
        return (new StoreIdentity(row.GetGuid(0)), row.GetInt64(1), row.GetInt64(2));
    }

    public async Task<StoredObject?> GetAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand($"""
            SELECT {ObjectColumns} FROM federation.objects o JOIN federation.changes c ON c.revision = o.revision
            WHERE o.kind = $1 AND o.namespace = $2 AND o.name = $3
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Kind });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Namespace });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = key.Name });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? ReadObject(row, 0) : null;
    }

    public async Task<StoreSnapshot> ReadSnapshotAsync(string? kind, CancellationToken cancellationToken)
    {
        // Sorted here and not by the database, which would sort the JSON with it.
        await using var command = source.CreateCommand($"""
            SELECT s.revision, {ObjectColumns} FROM federation.store s
            LEFT JOIN (federation.objects o JOIN federation.changes c ON c.revision = o.revision) ON $1 IS NULL OR o.kind = $1
            """);
        command.CommandTimeout = 0;
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)kind ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var revision = 0L;
        var objects = new List<StoredObject>();
        while (await row.ReadAsync(cancellationToken))
        {
            revision = row.GetInt64(0);
            if (!await row.IsDBNullAsync(1, cancellationToken))
                objects.Add(ReadObject(row, 1));
        }

        objects.Sort((x, y) => Compare(x.Key, y.Key));
        return new StoreSnapshot(revision, objects);
    }

    public async Task<ChangePage> ReadChangesAsync(long afterRevision, int limit, bool withPrevious, CancellationToken cancellationToken)
    {
        var previousJson = withPrevious ? "(SELECT p.json FROM federation.changes p WHERE p.revision = c.previous_revision)" : "NULL::bytea";
        await using var command = source.CreateCommand($"""
            SELECT s.revision, s.compacted_revision, l.* FROM federation.store s LEFT JOIN LATERAL (
                SELECT {ChangeColumns}, {previousJson} FROM federation.changes c WHERE c.revision > $1 ORDER BY c.revision LIMIT $2) l
            ON s.compacted_revision <= $1 ORDER BY l.revision
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterRevision });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var (current, compacted) = (0L, 0L);
        var changes = new List<Change>();
        while (await row.ReadAsync(cancellationToken))
        {
            (current, compacted) = (row.GetInt64(0), row.GetInt64(1));
            if (!await row.IsDBNullAsync(2, cancellationToken))
                changes.Add(ReadChange(row));
        }

        return afterRevision < compacted ? new ChangePage.Compacted(compacted) : new ChangePage.Page(changes, current);
    }

    public async Task<DateTimeOffset?> ReadNextDueAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("""
            SELECT least(
                (SELECT min(claimed_until) FROM federation.objects WHERE claimed_until IS NOT NULL),
                (SELECT reconcile_due FROM federation.objects WHERE reconcile_due IS NOT NULL AND claimed_until IS NULL ORDER BY reconcile_due LIMIT 1))
            """);
        return await command.ExecuteScalarAsync(cancellationToken) is long due ? StoreTime.FromMicroseconds(due) : null;
    }

    private static StoredObject ReadObject(NpgsqlDataReader row, int first) => new(
        new ObjectKey(row.GetString(first), row.GetString(first + 1), row.GetString(first + 2)),
        row.GetString(first + 3),
        row.GetInt64(first + 4),
        row.GetInt64(first + 5),
        row.GetFieldValue<byte[]>(first + 7),
        row.IsDBNull(first + 6) ? null : StoreTime.FromMicroseconds(row.GetInt64(first + 6)));

    private static Change ReadChange(NpgsqlDataReader row)
    {
        var type = (ChangeType)row.GetInt16(3);
        var previous = row.GetInt64(9);
        return new Change(
            row.GetInt64(2),
            type,
            IsCreate: type == ChangeType.Put && previous == 0,
            new ObjectKey(row.GetString(4), row.GetString(5), row.GetString(6)),
            row.GetString(7),
            row.GetInt64(8),
            row.GetFieldValue<byte[]>(10),
            previous,
            row.IsDBNull(11) ? default(ReadOnlyMemory<byte>?) : row.GetFieldValue<byte[]>(11));
    }

    private static int Compare(ObjectKey x, ObjectKey y)
    {
        var order = string.CompareOrdinal(x.Kind, y.Kind);
        if (order == 0)
            order = string.CompareOrdinal(x.Namespace, y.Namespace);
        return order != 0 ? order : string.CompareOrdinal(x.Name, y.Name);
    }
}
