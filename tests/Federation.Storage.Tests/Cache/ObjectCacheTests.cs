using Federation.Api;
using Federation.Storage.Cache;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Cache;

public sealed class ObjectCacheTests
{
    [Fact]
    public async Task List_LoadedAndFollowed_ShowsEachObjectOnceSorted()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b", "shop")));
        var a = await fixture.Store.WriteSuccessfullyAsync(Create(App("a", "shop"), "old"));
        await fixture.Store.WriteSuccessfullyAsync(Create(App("z", "shop-2")));
        await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        var cache = await fixture.StartCacheAsync();

        await fixture.Store.WriteSuccessfullyAsync(Create(App("c", "bank")));
        var b = (await fixture.Store.GetAsync(App("b", "shop"), Deadline()))!.Revision;
        await fixture.Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("b", "shop"), b));
        var last = await fixture.Store.WriteSuccessfullyAsync(Update(App("a", "shop"), a, "new"));
        await cache.WaitForRevisionAsync(last, Deadline());

        Names(cache.List("App")).ShouldBe(["bank/c", "shop/a", "shop-2/z"]);
        Names(cache.List("App", "shop")).ShouldBe(["shop/a"]);
        Names(cache.List("App", "nowhere")).ShouldBeEmpty();
        Names(cache.List("Job")).ShouldBeEmpty();
        Names(cache.List("Cluster")).ShouldBe(["/us-east"]);
        cache.List("App").Revision.ShouldBe(last);
        var current = cache.Current(App("a", "shop")).ShouldNotBeNull();
        (Text(current.Json), current.Revision, current.Uid, current.Generation).ShouldBe((Text(Json("new")), last, "uid-a", 2L));
        cache.Current(App("b", "shop")).ShouldBeNull();
        cache.Current(App("a", "bank")).ShouldBeNull();
    }

    [Fact]
    public async Task List_TakenBeforeAChange_StaysAsItWas()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var created = await fixture.Store.WriteSuccessfullyAsync(Create(App("a"), "old"));
        var cache = await fixture.StartCacheAsync();
        var before = cache.List("App");

        var updated = await fixture.Store.WriteSuccessfullyAsync(Update(App("a"), created, "new"));
        await cache.WaitForRevisionAsync(updated, Deadline());

        (before.Revision, Text(before.ShouldHaveSingleItem().Json)).ShouldBe((created, Text(Json("old"))));
        Text(cache.List("App").ShouldHaveSingleItem().Json).ShouldBe(Text(Json("new")));
    }

    [Fact]
    public async Task After_APlaceInTheList_GivesTheRestOfIt()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        foreach (var key in new[] { App("a", "bank"), App("a", "shop"), App("c", "shop"), App("a", "zoo") })
            await fixture.Store.WriteSuccessfullyAsync(Create(key));
        var cache = await fixture.StartCacheAsync();

        Names(cache.List("App", "shop").After(App("a", "shop"))).ShouldBe(["shop/c"]);
        Names(cache.List("App", "shop").After(App("b", "shop"))).ShouldBe(["shop/c"]);
        Names(cache.List("App", "shop").After(App("c", "shop"))).ShouldBeEmpty();
        Names(cache.List("App", "shop").After(App("a", "bank"))).ShouldBe(["shop/a", "shop/c"]);
        Names(cache.List("App").After(App("z", "bank"))).ShouldBe(["shop/a", "shop/c", "zoo/a"]);
        cache.List("App").After(App("z", "bank"))[2].Key.ShouldBe(App("a", "zoo"));
        Should.Throw<ArgumentOutOfRangeException>(() => cache.List("App").After(App("z", "bank"))[3]);
    }

    [Fact]
    public async Task View_AskedTwice_IsMadeOnceForEachVersion()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var created = await fixture.Store.WriteSuccessfullyAsync(Create(App("a"), "old"));
        var cache = await fixture.StartCacheAsync();
        var view = cache.Current(App("a"))!.View(found => Text(found.Json));

        cache.List("App")[0].View<string>(_ => throw new InvalidOperationException("There is a view already.")).ShouldBeSameAs(view);
        var updated = await fixture.Store.WriteSuccessfullyAsync(Update(App("a"), created, "new"));
        await cache.WaitForRevisionAsync(updated, Deadline());
        cache.Current(App("a"))!.View(found => Text(found.Json)).ShouldBe(Text(Json("new")));
    }

    [Fact]
    public async Task WaitForRevision_ReadAfterEachWrite_SeesTheWrite()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var revision = 0L;
            for (var index = 0; index < 40; index++)
            {
                revision = await fixture.Store.WriteSuccessfullyAsync(revision == 0 ? Create(App($"w{writer}")) : Update(App($"w{writer}"), revision));
                await cache.WaitForRevisionAsync(revision, Deadline());
                cache.Current(App($"w{writer}")).ShouldNotBeNull().Revision.ShouldBe(revision);
            }
        })));
    }

    [Fact]
    public async Task WaitForRevision_NotReached_WaitsUntilCancelled()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        using var cancellation = new CancellationTokenSource();
        var waiting = cache.WaitForRevisionAsync(1, cancellation.Token);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        await waiting.WaitAsync(Deadline());
        var tooFar = cache.WaitForRevisionAsync(2, cancellation.Token);

        tooFar.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(tooFar);
    }

    [Fact]
    public async Task Reads_BeforeTheStoreAnswered_SayUnavailableAndThenWork()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        fixture.Store.IsAway = true;
        var cache = fixture.StartCache();
        await UntilAsync(() => fixture.Store.Refused > 1);

        Should.Throw<StoreUnavailableException>(() => cache.List("App")).Reason.ShouldBe(StoreUnavailableReason.Unreachable);
        (cache.Ready.IsCompleted, cache.IsCurrent).ShouldBe((false, false));

        fixture.Store.IsAway = false;
        await cache.Ready.WaitAsync(Deadline());
        await UntilAsync(() => cache.IsCurrent);
        cache.List("App").Count.ShouldBe(1);
    }

    [Fact]
    public async Task Follow_StoreAwayForAWhile_ShowsTheOldStateThenCatchesUpWithoutLoadingAnew()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        var cache = await fixture.StartCacheAsync();
        await UntilAsync(() => cache.IsCurrent);
        var subscription = cache.Subscribe("App", 1);

        fixture.Store.IsAway = true;
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b")));
        await UntilAsync(() => fixture.Store.Refused > 1);
        (cache.IsCurrent, cache.List("App").Count).ShouldBe((false, 1));
        fixture.Store.IsAway = false;

        var batch = await subscription.ReadAsync(Deadline());
        batch.Events.ShouldHaveSingleItem().Object.Key.ShouldBe(App("b"));
        await UntilAsync(() => cache.IsCurrent);
        cache.List("App").Count.ShouldBe(2);
        fixture.Store.SnapshotsRead.ShouldBe(1);
    }

    [Fact]
    public async Task Follow_StoreCameBackWithAnotherHistory_LoadsAnewAndEndsSubscriptions()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        var cache = await fixture.StartCacheAsync();
        await UntilAsync(() => cache.IsCurrent);
        var subscription = cache.Subscribe(null, null);

        fixture.Store.IsAway = true;
        await fixture.Store.RenewIdentityAsync(Deadline());
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b")));
        await UntilAsync(() => fixture.Store.Refused > 1);
        fixture.Store.IsAway = false;

        (await subscription.ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.Reset);
        (await subscription.ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.Reset);
        await UntilAsync(() => cache.IsCurrent);
        cache.List("App").Count.ShouldBe(2);
    }

    [Fact]
    public async Task Follow_CompactedPastTheCache_LoadsAnew()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var revision = await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        var cache = await fixture.StartCacheAsync();
        await UntilAsync(() => cache.IsCurrent);
        var subscription = cache.Subscribe(null, null);

        fixture.Store.IsAway = true;
        await fixture.Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("a"), revision));
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b")));
        await fixture.Store.CompactAsync(3, Deadline());
        fixture.Store.IsAway = false;

        (await subscription.ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.Reset);
        Names(cache.List("App")).ShouldBe(["shop/b"]);
    }

    [Fact]
    public async Task Stop_WithSubscribersAndWaiters_EndsThem()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe(null, null);
        var reading = subscription.ReadAsync(Deadline()).AsTask();
        var waiting = cache.WaitForRevisionAsync(5, Deadline());

        await cache.StopAsync(Deadline());

        (await reading).End.ShouldBe(SubscriptionEnd.Stopped);
        (await cache.Subscribe(null, 0).ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.Stopped);
        (await Should.ThrowAsync<StoreUnavailableException>(waiting)).Reason.ShouldBe(StoreUnavailableReason.Closed);
    }

    private static IEnumerable<string> Names(ObjectList list) => list.Select(found => $"{found.Key.Namespace}/{found.Key.Name}");
}
