using System.Runtime.InteropServices;
using Federation.Storage.Writing;
using Npgsql;
using NpgsqlTypes;

namespace Federation.Storage.Postgres;

/// <summary>One connection that writes batches, each in one round trip and one transaction.</summary>
internal sealed class PostgresWriter : IAsyncDisposable
{
    private const short Put = 1;
    private const short Delete = 2;
    private const short SetDue = 3;

    // Plans are cached for the life of the connection, and the tables may be empty when they are made: the planner must not settle for reading whole tables.
    // An acknowledged write is durable, whatever the server's default for this setting.
    private const string Session = """
        SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
        """;

    // Takes the sequencer. The next statement has a snapshot of its own, taken when nobody else is writing and everything written is committed.
    private const string TakeSequencer = "SELECT FROM federation.store FOR UPDATE";

    private const string WriteAll = """
        WITH input AS MATERIALIZED (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                WITH ORDINALITY AS t (op, kind, namespace, name, uid, generation, expected, due, json, place)),
        judged AS MATERIALIZED (
            SELECT i.*, coalesce(o.revision, 0) AS current,
                coalesce(o.revision, 0) = i.expected AND (i.op = 1 OR o.revision IS NOT NULL) AS wins
            FROM input i LEFT JOIN federation.objects o ON o.kind = i.kind AND o.namespace = i.namespace AND o.name = i.name),
        numbered AS MATERIALIZED (
            SELECT j.*, s.revision + row_number() OVER (ORDER BY j.place) AS revision
            FROM judged j CROSS JOIN federation.store s WHERE j.wins AND j.op <> 3),
        logged AS (
            INSERT INTO federation.changes (revision, type, kind, namespace, name, uid, generation, previous_revision, json)
            SELECT n.revision, n.op, n.kind, n.namespace, n.name,
                coalesce(p.uid, n.uid), coalesce(p.generation, n.generation), n.expected, coalesce(p.json, n.json)
            FROM numbered n LEFT JOIN federation.changes p ON n.op = 2 AND p.revision = n.expected),
        put AS (
            INSERT INTO federation.objects AS o (kind, namespace, name, uid, generation, revision, reconcile_due)
            SELECT n.kind, n.namespace, n.name, n.uid, n.generation, n.revision, n.due FROM numbered n WHERE n.op = 1
            ON CONFLICT (kind, namespace, name) DO UPDATE SET uid = excluded.uid, generation = excluded.generation, revision = excluded.revision,
                reconcile_due = excluded.reconcile_due, claimed_until = NULL, claimed_by = NULL),
        removed AS (
            DELETE FROM federation.objects o USING numbered n
            WHERE n.op = 2 AND o.kind = n.kind AND o.namespace = n.namespace AND o.name = n.name),
        timed AS (
            UPDATE federation.objects o SET reconcile_due = j.due, claimed_until = NULL, claimed_by = NULL FROM judged j
            WHERE j.wins AND j.op = 3 AND o.kind = j.kind AND o.namespace = j.namespace AND o.name = j.name),
        sequenced AS (
            UPDATE federation.store SET revision = revision + (SELECT count(*) FROM numbered))
        SELECT j.wins, coalesce(n.revision, j.current) FROM judged j LEFT JOIN numbered n ON n.place = j.place ORDER BY j.place
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlBatch _batch;
    private readonly NpgsqlBatchCommand _write = new(WriteAll);
    private readonly NpgsqlParameter<short[]> _op = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint, TypedValue = [] };
    private readonly NpgsqlParameter<string[]> _kind = Text<string>();
    private readonly NpgsqlParameter<string[]> _namespace = Text<string>();
    private readonly NpgsqlParameter<string[]> _name = Text<string>();
    private readonly NpgsqlParameter<string?[]> _uid = Text<string?>();
    private readonly NpgsqlParameter<long[]> _generation = Number<long>();
    private readonly NpgsqlParameter<long[]> _expected = Number<long>();
    private readonly NpgsqlParameter<long?[]> _due = Number<long?>();
    private readonly NpgsqlParameter<byte[]?[]> _json = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea, TypedValue = [] };

    private PostgresWriter(NpgsqlConnection connection)
    {
        _connection = connection;
        _batch = new NpgsqlBatch(connection) { BatchCommands = { new(TakeSequencer), _write } };
        foreach (var parameter in new NpgsqlParameter[] { _op, _kind, _namespace, _name, _uid, _generation, _expected, _due, _json })
            _write.Parameters.Add(parameter);
    }

    public static async Task<PostgresWriter> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using (var session = new NpgsqlCommand(Session, connection))
                await session.ExecuteNonQueryAsync(cancellationToken);
            var writer = new PostgresWriter(connection);
            await writer._batch.PrepareAsync(cancellationToken);
            return writer;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a batch of distinct keys and fills the outcomes; they hold when this returns.</summary>
    /// <returns>The newest revision among them; 0: nothing was appended to the log.</returns>
    public async Task<long> WriteAsync(List<PendingWrite> batch, CancellationToken cancellationToken)
    {
        SetParameters(batch);
        var newest = 0L;
        await using var reader = await _batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        foreach (var pending in batch)
        {
            if (!await reader.ReadAsync(cancellationToken))
                throw new InvalidOperationException("The database answered fewer writes than it was given.");
            var revision = reader.GetInt64(1);
            var wins = reader.GetBoolean(0);
            pending.Outcome = wins ? new WriteOutcome.Written(revision) : new WriteOutcome.Conflict(revision);
            if (wins && pending.Write is not ObjectWrite.SetReconcileDue)
                newest = revision;
        }

        // The transaction ends with the batch: only when the last result has been read is it committed.
        while (await reader.NextResultAsync(cancellationToken))
        {
        }

        return newest;
    }

    public async ValueTask DisposeAsync()
    {
        await _batch.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private void SetParameters(List<PendingWrite> batch)
    {
        var count = batch.Count;
        var (op, kind, @namespace, name) = (new short[count], new string[count], new string[count], new string[count]);
        var (uid, generation, expected, due, json) = (new string?[count], new long[count], new long[count], new long?[count], new byte[]?[count]);
        for (var index = 0; index < count; index++)
        {
            var write = batch[index].Write;
            (kind[index], @namespace[index], name[index]) = (write.Key.Kind, write.Key.Namespace, write.Key.Name);
            (op[index], expected[index]) = write switch
            {
                ObjectWrite.Put put => (Put, put.ExpectedRevision),
                ObjectWrite.Delete delete => (Delete, delete.ExpectedRevision),
                ObjectWrite.SetReconcileDue set => (SetDue, set.ExpectedRevision),
                _ => throw new InvalidOperationException($"There is no write {write.GetType().Name}."),
            };
            var time = write switch { ObjectWrite.Put put => put.ReconcileDue, ObjectWrite.SetReconcileDue set => set.ReconcileDue, _ => null };
            due[index] = time is { } at ? StoreTime.ToMicroseconds(at) : null;
            if (write is ObjectWrite.Put { } full)
                (uid[index], generation[index], json[index]) = (full.Uid, full.Generation, Bytes(full.Json));
        }

        (_op.TypedValue, _kind.TypedValue, _namespace.TypedValue, _name.TypedValue) = (op, kind, @namespace, name);
        (_uid.TypedValue, _generation.TypedValue, _expected.TypedValue, _due.TypedValue, _json.TypedValue) = (uid, generation, expected, due, json);
    }

    private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var segment) && segment.Array is { } array && array.Length == segment.Count ? array : memory.ToArray();

    private static NpgsqlParameter<T[]> Text<T>() => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, TypedValue = [] };

    private static NpgsqlParameter<T[]> Number<T>() => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint, TypedValue = [] };
}
