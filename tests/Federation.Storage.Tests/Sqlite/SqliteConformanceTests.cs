using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Storage.Tests.Sqlite;

public sealed class SqliteConformanceTests : ObjectStoreConformance
{
    private readonly string _directory = TemporaryDirectory.Create();

    private string DatabasePath => Path.Combine(_directory, "data", "store.db");

    protected override Task CreateDatabaseAsync() => Task.CompletedTask;

    protected override async Task<IObjectStore> OpenAsync() =>
        await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = DatabasePath }, NullLogger<SqliteObjectStore>.Instance, Sample.Deadline());

    protected override Task DropDatabaseAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return Task.CompletedTask;
    }

    private protected override Task<long> CountStoredChangesAsync()
    {
        using var database = SqliteDatabase.OpenReader(DatabasePath);
        return Task.FromResult(database.ReadNumber("SELECT count(*) FROM changes"));
    }
}
