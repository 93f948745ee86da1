using Federation.Storage.Cache;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Cache;

public sealed class ListAtTests
{
    /// <summary>Random creates, updates and deletes; then every revision is listed and compared with what it was while it was the newest.</summary>
    [Theory]
    [InlineData(50_000, 500)]
    [InlineData(10, 7)]
    public async Task ListAt_EveryRevision_IsWhatTheListWasThen(int ring, int page)
    {
        var random = new Random(Seed: 20261122);
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var live = new Dictionary<string, long>();
        var lists = new Dictionary<long, List<string>> { [0] = [] };
        for (var index = 0; index < 120; index++)
        {
            var (name, @namespace) = ($"a{random.Next(12)}", random.Next(2) == 0 ? "shop" : "zoo");
            var key = App(name, @namespace);
            // Changes of another kind take revisions, too.
            if (random.Next(4) == 0)
                await fixture.Store.WriteSuccessfullyAsync(Create(App($"c{index}") with { Kind = "Cluster" }));
            var revision = await fixture.Store.WriteSuccessfullyAsync(
                !live.TryGetValue($"{key}", out var current) ? Create(key, $"v{index}")
                : random.Next(3) == 0 ? new ObjectWrite.Delete(key, current) : Update(key, current, $"v{index}"));
            await cache.WaitForRevisionAsync(revision, Deadline());
            live[$"{key}"] = revision;
            if (cache.Current(key) is null)
                live.Remove($"{key}");
            lists[revision] = Show(cache.List("App"));
        }

        // One that has followed all along, or one that began at the end and has a short memory: the log says the same.
        var reader = ring > 100 ? cache : await fixture.StartCacheAsync(new ObjectCacheOptions { RingEvents = 1000, PageSize = page });
        foreach (var (revision, expected) in lists)
        {
            var list = await reader.ListAtAsync("App", null, revision, Deadline());
            list.ShouldNotBeNull().Revision.ShouldBe(revision);
            Show(list).ShouldBe(expected, $"at {revision}");
            Show((await reader.ListAtAsync("App", "zoo", revision, Deadline()))!).ShouldBe(expected.Where(item => item.StartsWith("zoo/", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task ListAt_Unknowable_IsNull()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        for (var index = 0; index < 6; index++)
            await fixture.Store.WriteSuccessfullyAsync(Create(App($"a{index}")));
        await fixture.Store.CompactAsync(3, Deadline());
        var cache = await fixture.StartCacheAsync(new ObjectCacheOptions { RingEvents = 4 });

        (await cache.ListAtAsync("App", null, 2, Deadline())).ShouldBeNull("compacted");
        (await cache.ListAtAsync("App", null, 7, Deadline())).ShouldBeNull("ahead");
        (await cache.ListAtAsync("App", null, 3, Deadline())).ShouldNotBeNull().Count.ShouldBe(3);
        await cache.WaitForRevisionAsync(await fixture.Store.WriteSuccessfullyAsync(Create(App("a7"))), Deadline());
        await cache.WaitForRevisionAsync(await fixture.Store.WriteSuccessfullyAsync(Create(App("a8"))), Deadline());
        (await cache.ListAtAsync("App", null, 3, Deadline())).ShouldBeNull("further back than the limit");
    }

    private static List<string> Show(ObjectList list) => [.. list.Select(item => $"{item.Key.Namespace}/{item.Key.Name}@{item.Revision}={Text(item.Json)}")];
}
