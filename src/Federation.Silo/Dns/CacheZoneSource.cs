using System.Runtime.CompilerServices;
using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Pets;
using Federation.Api.Regions;
using Federation.Api.Zones;
using Federation.Dns.Zones;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Silo.Dns;

/// <summary>Feeds a name server in this process from the cache: a change is answered as soon as the cache shows it.</summary>
internal sealed class CacheZoneSource(IObjectCache cache, TimeProvider time) : IZoneSource
{
    /// <summary>How soon a store that no longer answers is noticed while nothing changes.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await cache.Ready.WaitAsync(cancellationToken);
        // While the store is away the feed counts as cut off: the zone goes on answering, and tells how old it is.
        if (!cache.IsCurrent)
            yield break;

        // All lists at one revision, for the serial says to other servers which one it was.
        var from = cache.Revision;
        if (await ListAsync(App.KindName) is not { } apps || await ListAsync(Daemon.KindName) is not { } daemons || await ListAsync(PetSet.KindName) is not { } pets
            || await ListAsync(Cluster.KindName) is not { } clusters || await ListAsync(Region.KindName) is not { } regions || await ListAsync(Zone.KindName) is not { } zones)
            yield break;
        var subscription = cache.Subscribe(kind: null, from);
        var listed = new ZoneChange.Listed(apps.Concat(daemons).Concat(pets).Select(AppOf), [.. clusters.Select(ClusterOf)], [.. zones.Select(ZoneOf)])
        {
            Regions = [.. regions.Select(RegionOf)],
        };
        yield return new ZoneBatch([listed], from);
        var (told, toldAt) = (from, time.GetTimestamp());
        while (true)
        {
            var batch = await subscription.ReadAsync(CheckEvery, cancellationToken);
            List<ZoneChange> changes = [.. batch.Events.Select(ChangeOf).OfType<ZoneChange>()];

            // Changes of other things say now and then that the zone is the newest still: a secondary that another server has fed may have a later revision's serial.
            if (changes.Count > 0 || (batch.Revision > told && time.GetElapsedTime(toldAt) >= CheckEvery))
            {
                (told, toldAt) = (batch.Revision, time.GetTimestamp());
                yield return new ZoneBatch(changes, batch.Revision);
            }

            if (batch.End is not null || !cache.IsCurrent)
                yield break;
        }

        ValueTask<ObjectList?> ListAsync(string kind) => cache.ListAtAsync(kind, null, from, cancellationToken);
    }

    private static ZoneChange? ChangeOf(CacheEvent @event) => (@event.Object.Key.Kind, @event.Type) switch
    {
        (App.KindName or Daemon.KindName or PetSet.KindName, ChangeType.Delete) => new ZoneChange.AppRemoved(@event.Object.Key),
        (App.KindName or Daemon.KindName or PetSet.KindName, _) => new ZoneChange.AppChanged(AppOf(@event.Object)),
        (Cluster.KindName, ChangeType.Delete) => new ZoneChange.ClusterRemoved(@event.Object.Key.Name),
        (Cluster.KindName, _) => new ZoneChange.ClusterChanged(ClusterOf(@event.Object)),
        (Region.KindName, ChangeType.Delete) => new ZoneChange.RegionRemoved(@event.Object.Key.Name),
        (Region.KindName, _) => new ZoneChange.RegionChanged(RegionOf(@event.Object)),
        (Zone.KindName, ChangeType.Delete) => new ZoneChange.ZoneRemoved(@event.Object.Key.Name),
        (Zone.KindName, _) => new ZoneChange.ZoneChanged(ZoneOf(@event.Object)),
        _ => null,
    };

    private static PlacedResource AppOf(CachedObject cached) => (PlacedResource)Kinds.Find(cached.Key.Kind).ReadStored(cached.Json.Span, cached.Revision);

    private static Region RegionOf(CachedObject cached) => (Region)Kinds.Region.ReadStored(cached.Json.Span, cached.Revision);

    private static Zone ZoneOf(CachedObject cached) => (Zone)Kinds.Zone.ReadStored(cached.Json.Span, cached.Revision);

    private static Cluster ClusterOf(CachedObject cached) => (Cluster)Kinds.Cluster.ReadStored(cached.Json.Span, cached.Revision);
}
