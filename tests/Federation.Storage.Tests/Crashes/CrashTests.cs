using Federation.Storage.Sqlite;
using Federation.Storage.Tests.Conformance;
using Federation.Storage.Tests.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Crashes;

[Collection(PostgresTests.Name)]
public sealed class CrashTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Sqlite_WriterKilledAgainAndAgain_EveryAcknowledgedWriteIsThereAndWhole()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "store.db");
        var acknowledged = new List<Acknowledged>();
        foreach (var killAfter in new[] { 1, 137, 700 })
        {
            acknowledged.AddRange(await CrashingWriter.RunAndKillAsync("sqlite", path, "w", killAfter));

            await using var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { Path = path }, NullLogger<SqliteObjectStore>.Instance, Deadline());
            await CrashingWriter.AssertNothingLostAsync(store, acknowledged);
        }
    }

    [Fact]
    public async Task Postgres_WritersKilledAgainAndAgain_EveryAcknowledgedWriteIsThereAndWhole()
    {
        var connectionString = await fixture.Server.CreateDatabaseAsync();
        await using var store = await PostgresFixture.OpenAsync(connectionString);
        var acknowledged = new List<Acknowledged>();
        foreach (var killAfter in new[] { 1, 300 })
        {
            var lives = await Task.WhenAll(
                CrashingWriter.RunAndKillAsync("postgres", connectionString, "first", killAfter),
                CrashingWriter.RunAndKillAsync("postgres", connectionString, "second", killAfter + 50));
            acknowledged.AddRange(lives.SelectMany(life => life));

            // The dead processes' last transactions may still be on their way to an end in the server; this write comes after them.
            await store.WriteSuccessfullyAsync(Create(App($"after-{killAfter}")));
            await CrashingWriter.AssertNothingLostAsync(store, acknowledged);
        }
    }
}

/// <summary>With a server of its own, which it crashes.</summary>
public sealed class PostgresServerCrashTests : IAsyncLifetime
{
    private readonly PostgresFixture _fixture = new();

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task Write_ServerCrashesAndComesBack_KeepsEveryAcknowledgedWriteAndGoesOnByItself()
    {
        await using var store = await PostgresFixture.OpenAsync(await _fixture.Server.CreateDatabaseAsync());
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<Acknowledged>();
        var failures = 0;
        using var stop = new CancellationTokenSource();
        var writing = Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var number = 1L; !stop.IsCancellationRequested; number++)
            {
                var key = App($"w{writer}-{number}");
                try
                {
                    var revision = await store.WriteSuccessfullyAsync(new ObjectWrite.Put(key, key.Name, number, Numbered(number), null, 0));
                    acknowledged.Add(new Acknowledged(ChangeType.Put, key, number, revision));
                }
                catch (StoreUnavailableException exception)
                {
                    exception.Reason.ShouldBe(StoreUnavailableReason.Unreachable);
                    Interlocked.Increment(ref failures);
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
                }
            }
        })).ToList();
        await UntilAsync(() => acknowledged.Count > 100);

        await _fixture.Server.CrashAsync();
        await UntilAsync(() => Volatile.Read(ref failures) > 0);
        (await Should.ThrowAsync<StoreUnavailableException>(store.GetAsync(App("any"), Deadline()))).Reason.ShouldBe(StoreUnavailableReason.Unreachable);
        var before = acknowledged.Count;
        await _fixture.Server.StartAsync();
        await UntilAsync(() => acknowledged.Count > before + 100);
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        await CrashingWriter.AssertNothingLostAsync(store, acknowledged);
        // The listening connection is back, too.
        var current = await store.ReadCurrentRevisionAsync(Deadline());
        var tail = ObjectStoreConformance.TailAsync(store, current + 1);
        await store.WriteSuccessfullyAsync(Create(App("last")));
        (await tail).Count.ShouldBe((int)current + 1);
    }

    private static byte[] Numbered(long number) => System.Text.Encoding.UTF8.GetBytes($$"""{"number":{{number}},"a":1}""");
}
