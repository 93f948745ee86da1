using Microsoft.Extensions.Logging;
using Orleans.Utilities;

namespace Federation.Engine.Tests.Grains;

[Alias("engine-tests.feed-observer")]
public interface IFeedObserver : IGrainObserver
{
    [Alias("told")]
    Task ToldAsync(string news);
}

[Alias("engine-tests.feed")]
public interface IFeedGrain : IGrainWithStringKey
{
    [Alias("subscribe")]
    Task SubscribeAsync(IFeedObserver observer);

    [Alias("unsubscribe")]
    Task UnsubscribeAsync(IFeedObserver observer);

    [Alias("publish")]
    Task<int> PublishAsync(string news);

    [Alias("age")]
    Task AgeAsync(TimeSpan time);
}

[GrainType("feed")]
public sealed class FeedGrain : Grain, IFeedGrain
{
    private readonly ObserverManager<IFeedObserver> observers;
    private TimeSpan aged;

    public FeedGrain(ILogger<FeedGrain> logger) => observers = new ObserverManager<IFeedObserver>(TimeSpan.FromMinutes(5), logger)
    {
        GetDateTime = () => TimeProvider.System.GetUtcNow().UtcDateTime + aged,
    };

    public Task SubscribeAsync(IFeedObserver observer)
    {
        observers.Subscribe(observer, observer);
        return Task.CompletedTask;
    }

    public Task UnsubscribeAsync(IFeedObserver observer)
    {
        observers.Unsubscribe(observer);
        return Task.CompletedTask;
    }

    public async Task<int> PublishAsync(string news)
    {
        await observers.Notify(observer => observer.ToldAsync(news));
        return observers.Count;
    }

    public Task AgeAsync(TimeSpan time)
    {
        aged += time;
        return Task.CompletedTask;
    }
}
