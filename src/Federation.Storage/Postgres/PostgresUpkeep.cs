using Federation.Api;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>What changes the database beside the write path: claims, compaction, the identity.</summary>
internal sealed class PostgresUpkeep(NpgsqlDataSource source)
{
    public async Task<List<DueObject>> ClaimDueAsync(DateTimeOffset now, int limit, TimeSpan claimFor, string claimant, CancellationToken cancellationToken)
    {
        // SKIP LOCKED: claimants pass each other by, and nobody here ever waits for a writer.
        await using var command = source.CreateCommand("""
            WITH due AS MATERIALIZED (
                SELECT kind, namespace, name FROM federation.objects
                WHERE reconcile_due <= $1 AND (claimed_until IS NULL OR claimed_until <= $1) ORDER BY reconcile_due LIMIT $2 FOR UPDATE SKIP LOCKED)
            UPDATE federation.objects o SET claimed_until = $3, claimed_by = $4 FROM due d
            WHERE o.kind = d.kind AND o.namespace = d.namespace AND o.name = d.name
            RETURNING o.kind, o.namespace, o.name, o.uid, o.revision, o.reconcile_due
            """);
        var until = now + claimFor;
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = StoreTime.ToMicroseconds(now) });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = StoreTime.ToMicroseconds(until) });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = claimant });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var claimed = new List<DueObject>();
        while (await row.ReadAsync(cancellationToken))
        {
            var key = new ObjectKey(row.GetString(0), row.GetString(1), row.GetString(2));
            claimed.Add(new DueObject(key, row.GetString(3), row.GetInt64(4), StoreTime.FromMicroseconds(row.GetInt64(5)), until));
        }

        claimed.Sort((x, y) => x.Due.CompareTo(y.Due));
        return claimed;
    }

    public async Task<long> CompactAsync(long throughRevision, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            "UPDATE federation.store SET compacted_revision = greatest(compacted_revision, least(revision, $1)) RETURNING compacted_revision");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = throughRevision });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Removes a stretch of what lies at or before the compacted revision; false: nothing is left to remove.</summary>
    /// <remarks>Looks only at changes, never at what exists: a change makes the version it replaced superfluous, and a delete itself too.
    /// Holds the sequencer meanwhile, so a stretch is short.</remarks>
    public async Task<bool> PruneAsync(int stretch, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT FROM federation.store FOR UPDATE"));
        var prune = new NpgsqlBatchCommand("""
            WITH stretch AS MATERIALIZED (
                SELECT pruned_revision AS low, least(pruned_revision + $1, compacted_revision) AS high FROM federation.store),
            superfluous AS MATERIALIZED (
                SELECT unnest(CASE c.type WHEN 2 THEN ARRAY[c.revision, c.previous_revision] ELSE ARRAY[c.previous_revision] END) AS revision
                FROM stretch s JOIN federation.changes c ON c.revision > s.low AND c.revision <= s.high),
            removed AS (
                DELETE FROM federation.changes c USING superfluous s WHERE c.revision = s.revision)
            UPDATE federation.store SET pruned_revision = s.high FROM stretch s WHERE s.high > s.low
            """);
        prune.Parameters.Add(new NpgsqlParameter<int> { TypedValue = stretch });
        batch.BatchCommands.Add(prune);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return prune.RecordsAffected > 0;
    }

    /// <summary>Begins a new history, whose log has nothing but what exists.</summary>
    /// <returns>The revision that it begins at.</returns>
    public async Task<long> BeginHistoryAsync(Guid identity, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT FROM federation.store FOR UPDATE"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM federation.changes c WHERE NOT EXISTS (SELECT FROM federation.objects o WHERE o.revision = c.revision)"));
        var begin = new NpgsqlBatchCommand("""
            UPDATE federation.store SET identity = $1, revision = revision + $2, compacted_revision = revision + $2, pruned_revision = revision + $2 RETURNING revision
            """);
        begin.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = identity });
        begin.Parameters.Add(new NpgsqlParameter<long> { TypedValue = RestoreGap.Revisions });
        batch.BatchCommands.Add(begin);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var revision = reader.GetInt64(0);

        // The transaction ends with the batch.
        while (await reader.NextResultAsync(cancellationToken))
        {
        }

        return revision;
    }
}
