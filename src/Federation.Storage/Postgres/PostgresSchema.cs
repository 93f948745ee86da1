using Federation.Storage.Schema;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>Creates the store's tables in a new database and brings an older one up to date; safe when several processes start at once.</summary>
internal static class PostgresSchema
{
    // "Fed1": the same for every version of the program.
    private const long MigrationLock = 0x46656431;

    public static async Task MigrateAsync(NpgsqlConnection connection, Guid identityIfNew, CancellationToken cancellationToken)
    {
        var sections = SchemaScript.Load("schema.postgres.sql");
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({MigrationLock})");
        if (await ReadAsync("SELECT to_regclass('federation.schema_version')::text") is DBNull)
            await ExecuteAsync("CREATE SCHEMA IF NOT EXISTS federation; CREATE TABLE federation.schema_version (version int PRIMARY KEY)");
        var version = (int)await ReadAsync("SELECT coalesce(max(version), 0) FROM federation.schema_version");
        if (version > sections.Count)
            throw new StoreUnavailableException(
                StoreUnavailableReason.SchemaTooNew,
                $"The database has schema version {version}; this program knows up to {sections.Count}. Run the program that wrote it, or a newer one.");
        for (var next = version; next < sections.Count; next++)
        {
            await ExecuteAsync(sections[next]);
            await ExecuteAsync($"INSERT INTO federation.schema_version (version) VALUES ({next + 1})");
        }

        if (version == 0)
            await ExecuteAsync($"INSERT INTO federation.store (identity) VALUES ('{identityIfNew:D}')");
        await transaction.CommitAsync(cancellationToken);

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task<object> ReadAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            return (await command.ExecuteScalarAsync(cancellationToken))!;
        }
    }
}
