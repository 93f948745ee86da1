using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Sqlite;

public sealed class SqliteBackupTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string DatabasePath => Path.Combine(_directory.Path, "store.db");

    private string Copy => Path.Combine(_directory.Path, "it's a copy.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Restore_BackupOfAStoreInUse_IsTheStoreAsItWasUnderANewIdentity()
    {
        StoreIdentity before;
        await using (var store = await OpenAsync())
        {
            before = await store.ReadIdentityAsync(Deadline());
            await store.WriteSuccessfullyAsync(Create(App("a")));
            SqliteBackup.Write(DatabasePath, Copy).ShouldBe(1);
            await store.WriteSuccessfullyAsync(Create(App("b")));
        }

        var (revision, replaced) = SqliteBackup.Restore(DatabasePath, Copy, Noon);

        (revision, replaced).ShouldBe((2 + RestoreGap.Revisions, DatabasePath + ".20300601T120000Z"), "after all that was given out");
        await using (var store = await OpenAsync())
        {
            (await store.ReadIdentityAsync(Deadline())).ShouldNotBe(before);
            (await store.GetAsync(App("a"), Deadline())).ShouldNotBeNull();
            (await store.GetAsync(App("b"), Deadline())).ShouldBeNull();
            (await store.WriteSuccessfullyAsync(Create(App("c")))).ShouldBe(3 + RestoreGap.Revisions, "no revision is given out twice");
        }

        await using var old = await OpenAsync(replaced!);
        (await old.GetAsync(App("b"), Deadline())).ShouldNotBeNull("what was replaced is kept, with all that was acknowledged");
        File.GetUnixFileMode(Copy).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(DatabasePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Restore_NoStoreThere_IsPutThere()
    {
        await (await OpenAsync()).DisposeAsync();
        SqliteBackup.Write(DatabasePath, Copy);
        var elsewhere = Path.Combine(_directory.Path, "new", "store.db");

        SqliteBackup.Restore(elsewhere, Copy, Noon).ShouldBe((RestoreGap.Revisions, null));
        await using var store = await OpenAsync(elsewhere);
        (await store.ReadCurrentRevisionAsync(Deadline())).ShouldBe(RestoreGap.Revisions);
    }

    [Fact]
    public async Task Restore_StoreInUse_RefusesAndLeavesItAlone()
    {
        await using var store = await OpenAsync();
        var identity = await store.ReadIdentityAsync(Deadline());
        SqliteBackup.Write(DatabasePath, Copy);

        Should.Throw<StoreUnavailableException>(() => SqliteBackup.Restore(DatabasePath, Copy, Noon)).Reason.ShouldBe(StoreUnavailableReason.InUse);
        (await store.ReadIdentityAsync(Deadline())).ShouldBe(identity);
    }

    [Fact]
    public async Task Restore_DamagedOrStrangeCopy_RefusesAndLeavesTheStoreAlone()
    {
        StoreIdentity identity;
        await using (var store = await OpenAsync())
            identity = await store.ReadIdentityAsync(Deadline());
        await File.WriteAllTextAsync(Copy, new string('x', 10_000));

        Should.Throw<StoreUnavailableException>(() => SqliteBackup.Restore(DatabasePath, Copy, Noon)).Reason.ShouldBe(StoreUnavailableReason.Damaged);
        await File.WriteAllTextAsync(Copy, "");
        Should.Throw<StoreUnavailableException>(() => SqliteBackup.Restore(DatabasePath, Copy, Noon)).Message.ShouldContain("empty");
        await using var after = await OpenAsync();
        (await after.ReadIdentityAsync(Deadline())).ShouldBe(identity);
    }

    [Fact]
    public async Task Write_FileExists_IsNotOverwritten()
    {
        await (await OpenAsync()).DisposeAsync();
        await File.WriteAllTextAsync(Copy, "precious");

        Should.Throw<IOException>(() => SqliteBackup.Write(DatabasePath, Copy));
        (await File.ReadAllTextAsync(Copy)).ShouldBe("precious");
    }

    [Fact]
    public async Task Open_OlderCopyWasPutBackByHand_CountsAsRestored()
    {
        StoreIdentity before;
        await using (var store = await OpenAsync())
        {
            before = await store.ReadIdentityAsync(Deadline());
            await store.WriteSuccessfullyAsync(Create(App("a")));
            SqliteBackup.Write(DatabasePath, Copy);
            await store.WriteSuccessfullyAsync(Create(App("b")));
        }

        await using (var same = await OpenAsync())
            (await same.ReadIdentityAsync(Deadline())).ShouldBe(before, "nothing was put back");
        foreach (var part in (string[])["-wal", "-shm"])
            File.Delete(DatabasePath + part);
        File.Copy(Copy, DatabasePath, overwrite: true);

        StoreIdentity renewed;
        await using (var restored = await OpenAsync())
        {
            renewed = await restored.ReadIdentityAsync(Deadline());
            (await restored.ReadCurrentRevisionAsync(Deadline())).ShouldBe(2 + RestoreGap.Revisions);
        }

        renewed.ShouldNotBe(before);
        await using var again = await OpenAsync();
        (await again.ReadIdentityAsync(Deadline())).ShouldBe(renewed, "once");
        (await again.ReadCurrentRevisionAsync(Deadline())).ShouldBe(2 + RestoreGap.Revisions, "once");
    }

    private Task<SqliteObjectStore> OpenAsync(string? path = null) =>
        SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = path ?? DatabasePath }, NullLogger<SqliteObjectStore>.Instance, Deadline());
}
