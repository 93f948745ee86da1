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
internal sealed class CacheZoneSource(IObjectCache cache) : IZoneSource
{
    /// <summary>How soon a store that no longer answers is noticed while nothing changes.</summary>
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(1);

    public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await cache.Ready.WaitAsync(cancellationToken);
        // While the store is away the feed counts as cut off: the zone goes on answering, and tells how old it is.
        if (!cache.IsCurrent)
            yield break;
        var (apps, daemons, pets) = (cache.List(App.KindName), cache.List(Daemon.KindName), cache.List(PetSet.KindName));
        var (clusters, regions, zones) = (cache.List(Cluster.KindName), cache.List(Region.KindName), cache.List(Zone.KindName));
        // Each list has its revision: following from the oldest repeats some changes, and a repeated change changes nothing.
        var from = new[] { apps.Revision, daemons.Revision, pets.Revision, clusters.Revision, regions.Revision, zones.Revision }.Min();
        var subscription = cache.Subscribe(kind: null, from);
        var listed = new ZoneChange.Listed([.. apps.Concat(daemons).Concat(pets).Select(AppOf)], [.. clusters.Select(ClusterOf)], [.. zones.Select(ZoneOf)])
        {
            Regions = [.. regions.Select(RegionOf)],
        };
        yield return new ZoneBatch([listed], from);
        while (true)
        {
            var batch = await subscription.ReadAsync(CheckEvery, cancellationToken);
            List<ZoneChange> changes = [.. batch.Events.Select(ChangeOf).OfType<ZoneChange>()];
            if (changes.Count > 0)
                yield return new ZoneBatch(changes, batch.Revision);
            if (batch.End is not null || !cache.IsCurrent)
                yield break;
        }
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
