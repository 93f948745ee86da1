using System.Collections;
using Federation.Api;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Gateway.Sources;

/// <summary>The kinds that live in the store.</summary>
internal sealed class StoredSource(IObjectCache cache, Freshness freshness) : IResourceSource
{
    public long Revision => cache.Revision;

    public string History => cache.Identity.ToString();

    public Task WaitFreshAsync(long atLeast, CancellationToken cancellationToken) => freshness.WaitAsync(atLeast, cancellationToken);

    public Task<bool> WaitLatestAsync(CancellationToken cancellationToken) => freshness.WaitLatestAsync(cancellationToken);

    public ObjectView? Find(ObjectKey key) => cache.Current(key) is { } found ? ObjectView.Of(found) : null;

    public Snapshot List(string kind, string? @namespace) => new CacheSnapshot(cache.List(kind, @namespace));

    public async ValueTask<Snapshot?> ListAtAsync(string kind, string? @namespace, long revision, CancellationToken cancellationToken) =>
        await cache.ListAtAsync(kind, @namespace, revision, cancellationToken) is { } list ? new CacheSnapshot(list) : null;

    public IChangeFeed Subscribe(string kind, long afterRevision) => new CacheFeed(cache.Subscribe(kind, afterRevision));

    private sealed class CacheSnapshot(ObjectList list) : Snapshot
    {
        public override long Revision => list.Revision;

        public override int Count => list.Count;

        public override ObjectView this[int index] => ObjectView.Of(list[index]);

        public override Snapshot After(ObjectKey key) => new CacheSnapshot(list.After(key));

        public override IEnumerable<ObjectView> Enumerate()
        {
            foreach (var cached in list)
                yield return ObjectView.Of(cached);
        }
    }

    private sealed class CacheFeed(ICacheSubscription subscription) : IChangeFeed
    {
        public async ValueTask<ChangeBatch> ReadAsync(CancellationToken until, CancellationToken cancellationToken)
        {
            var batch = await subscription.ReadAsync(until, cancellationToken);
            var end = batch.End switch
            {
                null => FeedEnd.None,
                SubscriptionEnd.Stopped => FeedEnd.Stopped,
                _ => FeedEnd.Expired,
            };
            return new ChangeBatch(batch.Events.Count == 0 ? [] : new Changes(batch.Events), batch.Revision, end);
        }
    }

    /// <summary>The cache's events as they are: every watch reads the same list, and most of it is not for it.</summary>
    private sealed class Changes(IReadOnlyList<CacheEvent> events) : IReadOnlyList<ObjectChange>
    {
        public int Count => events.Count;

        public ObjectChange this[int index] => Of(events[index]);

        public IEnumerator<ObjectChange> GetEnumerator() => events.Select(Of).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private static ObjectChange Of(CacheEvent change) => new(
            change.Previous is { } previous ? ObjectView.Of(previous) : null, ObjectView.Of(change.Object), change.Type == ChangeType.Delete);
    }
}
