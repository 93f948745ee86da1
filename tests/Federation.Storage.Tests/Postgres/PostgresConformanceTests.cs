using Federation.Storage.Tests.Conformance;
using Npgsql;

namespace Federation.Storage.Tests.Postgres;

[Collection(PostgresTests.Name)]
public sealed class PostgresConformanceTests(PostgresFixture fixture) : ObjectStoreConformance
{
    private string _connectionString = "";

    protected override async Task CreateDatabaseAsync() => _connectionString = await fixture.Server.CreateDatabaseAsync();

    protected override Task<IObjectStore> OpenAsync() => PostgresFixture.OpenAsync(_connectionString);

    // The databases end with their server.
    protected override Task DropDatabaseAsync() => Task.CompletedTask;

    private protected override async Task<long> CountStoredChangesAsync()
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM federation.changes");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
