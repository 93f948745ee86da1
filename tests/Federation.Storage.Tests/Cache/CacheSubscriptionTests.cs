using Federation.Api;
using Federation.Storage.Cache;
using static Federation.Storage.Tests.Conformance.Sample;

namespace Federation.Storage.Tests.Cache;

public sealed class CacheSubscriptionTests
{
    [Fact]
    public async Task Read_ChangesOfItsKind_TellsThemWithWhatTheyReplaced()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe("App", null);
        var created = await fixture.Store.WriteSuccessfullyAsync(Create(App("a"), "one"));
        await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        var updated = await fixture.Store.WriteSuccessfullyAsync(Update(App("a"), created, "two"));
        var deleted = await fixture.Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("a"), updated));

        var events = await ReadThroughAsync(subscription, deleted);

        AssertLifeOfA(events, created, updated, deleted);
    }

    [Fact]
    public async Task Read_FromBeforeTheRing_ComesFromTheLogAndGoesOnLive()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var created = await fixture.Store.WriteSuccessfullyAsync(Create(App("a"), "one"));
        await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        var updated = await fixture.Store.WriteSuccessfullyAsync(Update(App("a"), created, "two"));
        var cache = await fixture.StartCacheAsync(new ObjectCacheOptions { PageSize = 1 });
        var subscription = cache.Subscribe("App", 0);

        var deleted = await fixture.Store.WriteSuccessfullyAsync(new ObjectWrite.Delete(App("a"), updated));
        var events = await ReadThroughAsync(subscription, deleted);

        AssertLifeOfA(events, created, updated, deleted);
    }

    [Fact]
    public async Task Read_StartIsCompacted_EndsAsTooOld()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        await fixture.Store.WriteSuccessfullyAsync(Create(App("b")));
        await fixture.Store.CompactAsync(2, Deadline());
        var cache = await fixture.StartCacheAsync();

        (await cache.Subscribe("App", 1).ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.TooOld);
        var fromNow = cache.Subscribe("App", 2);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("c")));
        (await fromNow.ReadAsync(Deadline())).Events.ShouldHaveSingleItem().Object.Key.ShouldBe(App("c"));
    }

    [Fact]
    public async Task Read_StartIsAheadOfTheCache_BeginsWhereItAsked()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe("App", 2);

        for (var index = 0; index < 4; index++)
            await fixture.Store.WriteSuccessfullyAsync(Create(App($"a{index}")));

        (await ReadThroughAsync(subscription, 4)).Select(change => change.Revision).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Read_FellBehindTheRing_EndsAsTooSlowWhileOthersGoOn()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync(new ObjectCacheOptions { RingEvents = 4 });
        var slow = cache.Subscribe("App", null);
        var other = cache.Subscribe("Cluster", null);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("a0")));
        (await slow.ReadAsync(Deadline())).Events.Count.ShouldBe(1);

        for (var index = 1; index < 20; index++)
            await cache.WaitForRevisionAsync(await fixture.Store.WriteSuccessfullyAsync(Create(App($"a{index}"))), Deadline());
        await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));

        (await slow.ReadAsync(Deadline())).ShouldSatisfyAllConditions(
            batch => batch.End.ShouldBe(SubscriptionEnd.TooSlow),
            batch => batch.Revision.ShouldBe(1));
        (await other.ReadAsync(Deadline())).Events.ShouldHaveSingleItem().Object.Key.Name.ShouldBe("us-east");
        // Who starts anew from the same place gets everything, from the log.
        (await ReadThroughAsync(cache.Subscribe("App", 1), 20)).Select(change => change.Revision).ShouldBe(Enumerable.Range(2, 19).Select(index => (long)index));
    }

    [Fact]
    public async Task Read_MoreBytesThanTheRingHolds_EndsAsTooSlow()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync(new ObjectCacheOptions { RingBytes = 10_000 });
        var slow = cache.Subscribe(null, null);
        await fixture.Store.WriteSuccessfullyAsync(Create(App("first")));
        (await slow.ReadAsync(Deadline())).Events.Count.ShouldBe(1);
        for (var index = 0; index < 3; index++)
            await cache.WaitForRevisionAsync(await fixture.Store.WriteSuccessfullyAsync(Create(App($"a{index}"), new string('x', 4_000))), Deadline());

        (await slow.ReadAsync(Deadline())).End.ShouldBe(SubscriptionEnd.TooSlow);
    }

    [Fact]
    public async Task Read_UntilATokenIsCancelled_MovesOnAsABookmarkAndLosesNothing()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe("Cluster", null);
        using var alarm = new CancellationTokenSource();
        var reading = subscription.ReadAsync(until: alarm.Token, Deadline());
        var revision = await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        await cache.WaitForRevisionAsync(revision, Deadline());
        reading.IsCompleted.ShouldBeFalse();

        await alarm.CancelAsync();
        var bookmark = await reading;
        (bookmark.Events.Count, bookmark.Revision, bookmark.End).ShouldBe((0, revision, null));

        var next = await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        await cache.WaitForRevisionAsync(next, Deadline());
        // What is there is given out, whether the alarm has rung or not.
        (await subscription.ReadAsync(until: alarm.Token, Deadline())).Events.ShouldHaveSingleItem().Revision.ShouldBe(next);
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(async () => await subscription.ReadAsync(cancelled, cancelled));
    }

    [Fact]
    public async Task Read_NothingOfItsKindChanged_MovesOnAsABookmark()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe("Cluster", null);
        var revision = await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        await cache.WaitForRevisionAsync(revision, Deadline());

        var bookmark = await subscription.ReadAsync(TimeSpan.FromMilliseconds(1), Deadline());
        (bookmark.Events.Count, bookmark.Revision, bookmark.End).ShouldBe((0, revision, null));

        var next = await fixture.Store.WriteSuccessfullyAsync(Create(ObjectKey.ClusterScoped("Cluster", "us-east")));
        var batch = await subscription.ReadAsync(Deadline());
        (batch.Events.Count, batch.Revision, batch.End).ShouldBe((1, next, null));
    }

    [Fact]
    public async Task Read_Cancelled_LosesNothing()
    {
        await using var fixture = await CacheFixture.CreateAsync();
        var cache = await fixture.StartCacheAsync();
        var subscription = cache.Subscribe("App", null);
        using var cancellation = new CancellationTokenSource();
        var reading = subscription.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(reading);

        await fixture.Store.WriteSuccessfullyAsync(Create(App("a")));
        (await subscription.ReadAsync(Deadline())).Events.ShouldHaveSingleItem().Object.Key.ShouldBe(App("a"));
    }

    [Fact]
    public async Task Read_ManySubscribersUnderConcurrentWrites_EachSeesEveryChangeOnceInOrder()
    {
        const int writers = 8, writesEach = 100, total = writers * writesEach;
        await using var fixture = await CacheFixture.CreateAsync();
        // Small pages and a small ring: subscribers go from the log to the ring while both move.
        var cache = await fixture.StartCacheAsync(new ObjectCacheOptions { RingEvents = total / 2, PageSize = 16 });
        var writing = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var key = writer % 2 == 0 ? App($"w{writer}") : new ObjectKey("Job", "shop", $"w{writer}");
            var last = 0L;
            for (var index = 0; index < writesEach; index++)
                last = await fixture.Store.WriteSuccessfullyAsync(last == 0 ? Create(key) : Update(key, last));
        })).ToList();

        var reading = Enumerable.Range(0, 100).Select(number => Task.Run(async () =>
        {
            // Starts all over the run: at the beginning, and wherever the cache is when its turn comes.
            await cache.WaitForRevisionAsync(number * total / 100, Deadline());
            var start = number % 3 == 0 ? 0 : cache.Revision;
            var kind = (number % 4) switch { 0 => "App", 1 => "Job", _ => null };
            var events = await ReadAllAsync(cache, kind, start, total);
            return (start, kind, events);
        })).ToList();
        await Task.WhenAll(writing);
        var log = (await fixture.Store.ReadPageAsync(0, total)).Changes;

        foreach (var (start, kind, events) in await Task.WhenAll(reading))
        {
            events.Select(change => change.Revision)
                .ShouldBe(log.Where(change => change.Revision > start && (kind is null || change.Key.Kind == kind)).Select(change => change.Revision));
            events.ShouldAllBe(change => change.IsCreate == (log[(int)change.Revision - 1].PreviousRevision == 0));
        }
    }

    /// <summary>Reads as a client does: a subscription that ends is followed by another one from the last place.</summary>
    private static async Task<List<CacheEvent>> ReadAllAsync(ObjectCache cache, string? kind, long start, long through)
    {
        var events = new List<CacheEvent>();
        var subscription = cache.Subscribe(kind, start);
        for (var reached = start; reached < through;)
        {
            var batch = await subscription.ReadAsync(TimeSpan.FromMilliseconds(20), Deadline());
            events.AddRange(batch.Events);
            reached = batch.Revision;
            if (batch.End is not { } end)
                continue;
            end.ShouldBe(SubscriptionEnd.TooSlow);
            subscription = cache.Subscribe(kind, batch.Revision);
        }

        return events;
    }

    private static async Task<List<CacheEvent>> ReadThroughAsync(ICacheSubscription subscription, long revision)
    {
        var events = new List<CacheEvent>();
        for (var reached = 0L; reached < revision;)
        {
            var batch = await subscription.ReadAsync(TimeSpan.FromMilliseconds(20), Deadline());
            batch.End.ShouldBeNull();
            reached = batch.Revision;
            events.AddRange(batch.Events);
        }

        return events;
    }

    private static void AssertLifeOfA(List<CacheEvent> events, long created, long updated, long deleted)
    {
        events.Select(change => (change.Revision, change.Type, change.IsCreate))
            .ShouldBe([(created, ChangeType.Put, true), (updated, ChangeType.Put, false), (deleted, ChangeType.Delete, false)]);
        events.ShouldAllBe(change => change.Object.Key == App("a") && change.Object.Uid == "uid-a");
        events.Select(change => Text(change.Object.Json)).ShouldBe([Text(Json("one")), Text(Json("two")), Text(Json("two"))]);
        events.Select(change => change.Previous?.Revision).ShouldBe([null, created, updated]);
        events.Select(change => change.Previous is { } previous ? Text(previous.Json) : null).ShouldBe([null, Text(Json("one")), Text(Json("two"))]);
    }
}
