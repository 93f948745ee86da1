using System.Collections;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Utilities;

/// <summary>The observers of one grain, each under its own reference. See <see cref="ObserverManager{TIdentity, TObserver}"/>.</summary>
public class ObserverManager<TObserver>(TimeSpan expiration, ILogger log) : ObserverManager<IAddressable, TObserver>(expiration, log);

/// <summary>
/// Observers that must renew their subscription within the expiry time. One that expired, or whose notification failed, is removed.
/// Used from one grain only, so it needs no lock; subscriptions may change while a notification is under way.
/// </summary>
/// <param name="expiration">How long a subscription lasts without renewal.</param>
/// <param name="log">Where removals are logged, at debug level.</param>
public partial class ObserverManager<TIdentity, TObserver>(TimeSpan expiration, ILogger log) : IEnumerable<TObserver>
    where TIdentity : notnull
{
    private readonly Dictionary<TIdentity, (TObserver Observer, DateTime LastSeen)> entries = [];

    /// <summary>The clock, UTC. Default: the system's.</summary>
    public Func<DateTime> GetDateTime { get; set; } = () => TimeProvider.System.GetUtcNow().UtcDateTime;

    public TimeSpan ExpirationDuration { get; set; } = expiration;

    /// <summary>Observers held, expired ones that were not yet removed included.</summary>
    public int Count => entries.Count;

    public IReadOnlyDictionary<TIdentity, TObserver> Observers => entries.ToDictionary(entry => entry.Key, entry => entry.Value.Observer);

    /// <summary>Adds an observer, or renews it.</summary>
    public void Subscribe(TIdentity id, TObserver observer) => entries[id] = (observer, GetDateTime());

    public void Unsubscribe(TIdentity id) => entries.Remove(id);

    public void Clear() => entries.Clear();

    /// <summary>Calls every live observer in turn and waits for each.</summary>
    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        foreach (var (id, observer) in Live(predicate))
        {
            try
            {
                await notification(observer);
            }
            catch (Exception exception)
            {
                Remove(id, exception);
            }
        }
    }

    /// <summary>Calls every live observer without waiting.</summary>
    public void Notify(Action<TObserver> notification, Func<TObserver, bool>? predicate = null)
    {
        foreach (var (id, observer) in Live(predicate))
        {
            try
            {
                notification(observer);
            }
            catch (Exception exception)
            {
                Remove(id, exception);
            }
        }
    }

    public void ClearExpired()
    {
        var oldest = GetDateTime() - ExpirationDuration;
        foreach (var id in entries.Where(entry => entry.Value.LastSeen < oldest).Select(entry => entry.Key).ToArray())
        {
            entries.Remove(id);
            LogExpired(log, id);
        }
    }

    public IEnumerator<TObserver> GetEnumerator() => entries.Values.Select(entry => entry.Observer).ToList().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A copy, because a subscription may change while a notification is awaited.</summary>
    private (TIdentity Id, TObserver Observer)[] Live(Func<TObserver, bool>? predicate)
    {
        ClearExpired();
        return [.. entries.Where(entry => predicate is null || predicate(entry.Value.Observer)).Select(entry => (entry.Key, entry.Value.Observer))];
    }

    private void Remove(TIdentity id, Exception exception)
    {
        entries.Remove(id);
        LogFailed(log, exception, id);
    }

    [LoggerMessage(EventId = 4301, Level = LogLevel.Debug, Message = "Observer {Id} did not renew its subscription and was removed")]
    private static partial void LogExpired(ILogger logger, TIdentity id);

    [LoggerMessage(EventId = 4302, Level = LogLevel.Debug, Message = "Observer {Id} failed and was removed")]
    private static partial void LogFailed(ILogger logger, Exception exception, TIdentity id);
}
