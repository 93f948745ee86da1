using System.Collections.Concurrent;
using Federation.Engine.Tests.Grains;
using Federation.TestKit.Waiting;

namespace Federation.Engine.Tests;

public sealed class ObserverTests : IAsyncLifetime
{
    private EngineCluster? cluster;

    private IGrainFactory Grains => cluster!.Grains;

    public async Task InitializeAsync() =>
        cluster = await EngineCluster.StartAsync(EngineCluster.DefaultOptions with { ResponseTimeout = TimeSpan.FromSeconds(2) });

    public Task DisposeAsync() => cluster!.DisposeAsync();

    [Fact]
    public async Task Observer_Subscribed_IsToldInOrder()
    {
        var listener = new Listener();
        await Feed("order").SubscribeAsync(Grains.CreateObjectReference<IFeedObserver>(listener));

        for (var i = 0; i < 10; i++)
            (await Feed("order").PublishAsync($"{i}")).ShouldBe(1);

        listener.News.ShouldBe(Enumerable.Range(0, 10).Select(i => $"{i}"));
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Observer_SubscribedTwice_IsToldOnce()
    {
        var listener = new Listener();
        var reference = Grains.CreateObjectReference<IFeedObserver>(listener);
        await Feed("twice").SubscribeAsync(reference);
        await Feed("twice").SubscribeAsync(reference);

        await Feed("twice").PublishAsync("news");

        listener.News.ShouldBe(["news"]);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Observer_Unsubscribed_IsNotTold()
    {
        var listener = new Listener();
        var reference = Grains.CreateObjectReference<IFeedObserver>(listener);
        await Feed("left").SubscribeAsync(reference);
        await Feed("left").UnsubscribeAsync(reference);

        (await Feed("left").PublishAsync("news")).ShouldBe(0);

        listener.News.ShouldBeEmpty();
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Observer_Expired_IsNotToldAndForgotten()
    {
        var listener = new Listener();
        await Feed("expired").SubscribeAsync(Grains.CreateObjectReference<IFeedObserver>(listener));
        await Feed("expired").AgeAsync(TimeSpan.FromMinutes(6));

        (await Feed("expired").PublishAsync("news")).ShouldBe(0);

        listener.News.ShouldBeEmpty();
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Observer_Renewed_IsStillTold()
    {
        var listener = new Listener();
        var reference = Grains.CreateObjectReference<IFeedObserver>(listener);
        await Feed("renewed").SubscribeAsync(reference);
        await Feed("renewed").AgeAsync(TimeSpan.FromMinutes(4));
        await Feed("renewed").SubscribeAsync(reference);
        await Feed("renewed").AgeAsync(TimeSpan.FromMinutes(4));

        (await Feed("renewed").PublishAsync("news")).ShouldBe(1);

        listener.News.ShouldBe(["news"]);
        GC.KeepAlive(listener);
    }

    [Fact]
    public async Task Observer_ThrowsOrWasDeleted_IsForgottenAndOthersAreTold()
    {
        var (broken, deleted, sound) = (new Listener { Fails = true }, new Listener(), new Listener());
        var deletedReference = Grains.CreateObjectReference<IFeedObserver>(deleted);
        await Feed("mixed").SubscribeAsync(Grains.CreateObjectReference<IFeedObserver>(broken));
        await Feed("mixed").SubscribeAsync(Grains.CreateObjectReference<IFeedObserver>(sound));
        (await Feed("mixed").PublishAsync("first")).ShouldBe(1);

        await Feed("mixed").SubscribeAsync(deletedReference);
        Grains.DeleteObjectReference<IFeedObserver>(deletedReference);
        await Eventually.TrueAsync(ForgottenAsync, "the deleted observer is forgotten");

        sound.News.ShouldContain("second");
        deleted.News.ShouldBeEmpty();
        GC.KeepAlive((broken, deleted, sound));

        // The distributed engine learns of a deleted observer only by the publisher's own deadline.
        async Task<bool> ForgottenAsync()
        {
            try
            {
                return await Feed("mixed").PublishAsync("second") == 1;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }

    private IFeedGrain Feed(string key) => Grains.GetGrain<IFeedGrain>(key);

    private sealed class Listener : IFeedObserver
    {
        public ConcurrentQueue<string> News { get; } = new();

        public bool Fails { get; init; }

        public Task ToldAsync(string news)
        {
            if (Fails)
                throw new InvalidOperationException("a listener that fails");
            News.Enqueue(news);
            return Task.CompletedTask;
        }
    }
}
