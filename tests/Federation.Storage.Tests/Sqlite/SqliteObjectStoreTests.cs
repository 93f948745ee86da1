using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Storage.Tests.Sqlite;

public sealed class SqliteObjectStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string DatabasePath => Path.Combine(_directory.Path, "store.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void OpenWriter_AnyFile_SyncsTheLogAtEveryCommit()
    {
        using var database = SqliteDatabase.OpenWriter(DatabasePath);
        database.ReadNumber("PRAGMA synchronous").ShouldBe(2);
        database.ReadNumber("SELECT journal_mode = 'wal' FROM pragma_journal_mode").ShouldBe(1);
    }

    [Fact]
    public async Task Open_AlreadyOpen_SaysInUse()
    {
        await using var store = await OpenAsync();
        (await Should.ThrowAsync<StoreUnavailableException>(OpenAsync())).Reason.ShouldBe(StoreUnavailableReason.InUse);
    }

    [Fact]
    public async Task Open_WrittenByANewerProgram_RefusesAndLeavesItAlone()
    {
        await (await OpenAsync()).DisposeAsync();
        using (var database = SqliteDatabase.OpenWriter(DatabasePath))
            database.Execute("PRAGMA user_version = 99");

        (await Should.ThrowAsync<StoreUnavailableException>(OpenAsync())).Reason.ShouldBe(StoreUnavailableReason.SchemaTooNew);

        using var untouched = SqliteDatabase.OpenReader(DatabasePath);
        untouched.ReadNumber("PRAGMA user_version").ShouldBe(99);
    }

    [Fact]
    public async Task Open_DatabaseOfAnotherProgram_Refuses()
    {
        using (var database = SqliteDatabase.OpenWriter(DatabasePath))
            database.Execute("CREATE TABLE notes (text TEXT)");

        (await Should.ThrowAsync<StoreUnavailableException>(OpenAsync())).Message.ShouldContain("another program");
    }

    [Fact]
    public async Task Open_NotADatabase_SaysDamaged()
    {
        await File.WriteAllTextAsync(DatabasePath, new string('x', 10_000));
        (await Should.ThrowAsync<StoreUnavailableException>(OpenAsync())).Reason.ShouldBe(StoreUnavailableReason.Damaged);
    }

    private Task<SqliteObjectStore> OpenAsync() =>
        SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = DatabasePath }, NullLogger<SqliteObjectStore>.Instance, Sample.Deadline());
}
