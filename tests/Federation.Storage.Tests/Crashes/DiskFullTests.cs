using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Federation.Storage.Tests.Postgres;
using Federation.TestKit.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Crashes;

public sealed class DiskFullTests
{
    [RootFact]
    public async Task Sqlite_DiskFills_SaysSoKeepsWhatItHasAndGoesOnWhenThereIsRoom()
    {
        await using var disk = await SmallDisk.MountAsync(4);
        await using var store = await SqliteObjectStore.OpenAsync(
            new SqliteStoreOptions { Path = Path.Combine(disk.Path, "store.db") }, NullLogger<SqliteObjectStore>.Instance, Deadline());

        await AssertSurvivesAsync(store, () => disk.GrowAsync(64));
    }

    [RootFact]
    public async Task Postgres_DiskFills_SaysSoKeepsWhatItHasAndGoesOnWhenThereIsRoom()
    {
        await using var disk = await SmallDisk.MountAsync(16);
        await using var server = await PostgresServer.StartNewAsync();
        await using var store = await PostgresFixture.OpenAsync(await server.CreateDatabaseAsync(disk.Path));

        await AssertSurvivesAsync(store, () => disk.GrowAsync(256));
    }

    private static async Task AssertSurvivesAsync(IObjectStore store, Func<Task> makeRoom)
    {
        var filler = new string('x', 20_000);
        var written = new List<string>();
        var failure = await Should.ThrowAsync<StoreUnavailableException>(async () =>
        {
            for (var index = 0; index < 5_000; index++)
            {
                await store.WriteSuccessfullyAsync(Create(App($"a{index:D5}"), filler));
                written.Add($"a{index:D5}");
            }
        });
        failure.Reason.ShouldBe(StoreUnavailableReason.DiskFull, failure.Message);
        failure.Message.ShouldContain("full");
        written.Count.ShouldBeGreaterThan(10);

        // Still full: it says so again, and it still reads.
        (await Should.ThrowAsync<StoreUnavailableException>(store.WriteAsync(Create(App("b"), filler), Deadline()))).Reason
            .ShouldBe(StoreUnavailableReason.DiskFull);
        (await store.ReadSnapshotAsync("App", Deadline())).Objects.Select(found => found.Key.Name).ShouldBe(written);

        await makeRoom();

        (await store.WriteSuccessfullyAsync(Create(App("b"), filler))).ShouldBe(written.Count + 1);
        await ObjectStoreConformance.AssertLogAgreesWithObjectsAsync(store);
    }
}
