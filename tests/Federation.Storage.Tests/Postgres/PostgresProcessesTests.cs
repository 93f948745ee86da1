using System.Collections.Concurrent;
using Federation.Storage.Tests.Conformance;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Postgres;

/// <summary>Several instances of the store on one database: what several silos and gateways are.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresProcessesTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Open_ManyAtOnceOnAnEmptyDatabase_AllAgreeOnOneIdentity()
    {
        var stores = await OpenAsync(6);

        var identities = await Task.WhenAll(stores.Select(store => store.ReadIdentityAsync(Deadline())));

        identities.Distinct().ShouldHaveSingleItem();
        await DisposeAsync(stores);
    }

    [Fact]
    public async Task Write_FourStoresAtOnce_RevisionsAreGapFreeAndEveryStoreSeesThemInOrder()
    {
        const int writersEach = 8, writesEach = 20;
        var stores = await OpenAsync(4);
        var total = stores.Length * writersEach * writesEach;
        var tails = stores.Select(store => ObjectStoreConformance.TailAsync(store, total)).ToList();

        var revisions = await Task.WhenAll(stores.SelectMany((store, number) => Enumerable.Range(0, writersEach).Select(writer => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var index = 0; index < writesEach; index++)
            {
                var key = App($"s{number}w{writer}");
                mine.Add(await store.WriteSuccessfullyAsync(index == 0 ? Create(key) : Update(key, mine[^1], $"{index}")));
            }

            mine.ShouldBeInOrder();
            return mine;
        }))));

        var all = Enumerable.Range(1, total).Select(revision => (long)revision).ToList();
        revisions.SelectMany(mine => mine).Order().ShouldBe(all);
        foreach (var seen in await Task.WhenAll(tails))
            seen.ShouldBe(all);
        await ObjectStoreConformance.AssertLogAgreesWithObjectsAsync(stores[0]);
        await DisposeAsync(stores);
    }

    [Fact]
    public async Task Write_StoresFightOverTheSameObjects_NoUpdateIsLost()
    {
        var stores = await OpenAsync(3);
        var keys = Enumerable.Range(0, 5).Select(index => App($"a{index}")).ToList();

        var won = await Task.WhenAll(stores.SelectMany(store => keys.Concat(keys.AsEnumerable().Reverse()).Select(key => Task.Run(async () =>
        {
            var wins = 0;
            while (wins < 10)
            {
                var current = await store.GetAsync(key, Deadline());
                var write = current is null ? Create(key) : Update(key, current.Revision, $"{current.Revision}");
                if (await store.WriteAsync(write, Deadline()) is WriteOutcome.Written)
                    wins++;
            }

            return wins;
        }))));

        (await stores[0].ReadCurrentRevisionAsync(Deadline())).ShouldBe(won.Sum());
        // Each change names the one it was computed from, and the replay checks that it followed it.
        await ObjectStoreConformance.AssertLogAgreesWithObjectsAsync(stores[1]);
        await DisposeAsync(stores);
    }

    [Fact]
    public async Task WaitForChanges_AnotherStoreWrites_WakesUp()
    {
        var stores = await OpenAsync(2);
        await stores[1].WriteSuccessfullyAsync(Create(App("first")));
        while (await stores[0].WaitForChangesAsync(0, Deadline()) < 1)
        {
        }

        var waiting = ObjectStoreConformance.TailAsync(stores[0], 2);
        await stores[1].WriteSuccessfullyAsync(Create(App("second")));
        (await waiting).ShouldBe([1, 2]);
        await DisposeAsync(stores);
    }

    [Fact]
    public async Task ClaimDue_SeveralStores_EachTimerGoesToOne()
    {
        const int timers = 90;
        var stores = await OpenAsync(3);
        await Task.WhenAll(Enumerable.Range(0, timers).Select(index => stores[0].WriteSuccessfullyAsync(Create(App($"a{index}"), due: Noon))));

        var names = new ConcurrentBag<string>();
        await Task.WhenAll(stores.Select((store, number) => Task.Run(async () =>
        {
            // An empty answer may only mean that the others hold the rest locked at this moment.
            while (names.Count < timers)
            {
                foreach (var due in await store.ClaimDueAsync(Noon, 4, TimeSpan.FromMinutes(1), $"silo-{number}", Deadline()))
                    names.Add(due.Key.Name);
            }
        }))).WaitAsync(Deadline());

        names.Count.ShouldBe(timers);
        names.Distinct().Count().ShouldBe(timers);
        await DisposeAsync(stores);
    }

    private static async Task DisposeAsync(IEnumerable<IObjectStore> stores)
    {
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    private async Task<IObjectStore[]> OpenAsync(int stores)
    {
        var connectionString = await fixture.Server.CreateDatabaseAsync();
        return await Task.WhenAll(Enumerable.Range(0, stores).Select(_ => PostgresFixture.OpenAsync(connectionString)));
    }
}
