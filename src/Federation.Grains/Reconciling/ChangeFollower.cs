using Federation.Api;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Core;
using Federation.Api.Jobs;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Api.Zones;
using Federation.Domain.DnsRecords;
using Federation.Grains.Owners;
using Federation.Grains.Placements;
using Federation.Grains.Snapshots;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.Hosting;

namespace Federation.Grains.Reconciling;

/// <summary>Follows the change log: keeps the placement index, and wakes the objects that a change of another object concerns.</summary>
internal sealed class ChangeFollower(IObjectCache cache, PlacementIndex placements, OwnerIndex owners, SnapshotBook snapshots, HostGrantReader hosts, PokeQueue pokes) : BackgroundService
{
    private readonly ChangeTriggers _triggers = new(placements);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await cache.Ready.WaitAsync(stoppingToken);
            while (await FollowAsync(stoppingToken) != SubscriptionEnd.Stopped)
            {
                // The log went on without this reader: load anew.
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task<SubscriptionEnd> FollowAsync(CancellationToken cancellationToken)
    {
        // What is written after the first list is read again from the log, and a later one says the same of it or more.
        var lists = Kinds.Placed.Select(kind => cache.List(kind.Kind)).ToList();
        var revision = lists.Min(list => list.Revision);
        placements.Reset(lists.SelectMany(list => list).Select(PlacementOf), revision);
        var subscription = cache.Subscribe(kind: null, revision);
        TakeOwners(revision);
        WakeUnfinished();
        while (true)
        {
            var batch = await subscription.ReadAsync(cancellationToken);
            foreach (var @event in batch.Events)
                Take(@event);
            placements.Advance(batch.Revision);
            owners.Advance(batch.Revision);
            if (batch.End is { } end)
                return end;
        }
    }

    private void Take(CacheEvent @event)
    {
        var key = @event.Object.Key;
        var isDelete = @event.Type == ChangeType.Delete;
        IEnumerable<ObjectKey> concerned = [];
        if (Kinds.IsPlaced(key.Kind))
            concerned = Place(@event.Object, isDelete ? null : PlacementOf(@event.Object));
        else if (key.Kind == Cluster.KindName)
            concerned = OfCluster(ClusterOf(@event.Previous), isDelete ? null : ClusterOf(@event.Object));
        else if (key.Kind == Zone.KindName)
            concerned = _triggers.OfZone(@event.Previous is { } previous ? HostGrantReader.Of(previous) : null, isDelete ? null : HostGrantReader.Of(@event.Object));
        foreach (var other in concerned.Concat(OfSnapshots(@event.Object)).Concat(OfOwners(@event.Object, isDelete)))
            pokes.Add(other);
        if (key.Namespace.Length > 0 && (isDelete || (@event.Previous is null && IsHomeless(key.Namespace))))
            pokes.Add(ObjectKey.ClusterScoped(Namespace.KindName, key.Namespace));
    }

    private IEnumerable<ObjectKey> OfCluster(Cluster? before, Cluster? after) =>
        MayStore(before) == MayStore(after) ? _triggers.OfCluster(before, after) : _triggers.OfCluster(before, after).Concat(snapshots.Waiting());

    private static bool MayStore(Cluster? cluster) => cluster is { Status.SnapshotNodes: > 0 } && cluster.Status.Conditions.IsTrue(ClusterConditions.Ready);

    /// <summary>A set says whose turn it is to hold still, and its PetSnapshots take what does: each looks at the other.</summary>
    private IEnumerable<ObjectKey> OfSnapshots(CachedObject changed) => changed.Key.Kind switch
    {
        PetSet.KindName => snapshots.WaitingFor(changed.Key),
        PetSnapshot.KindName => [new ObjectKey(PetSet.KindName, changed.Key.Namespace, ((PetSnapshot)ApiJson.Read(Kinds.PetSnapshot, changed.Json.Span)).Spec.PetSet)],
        _ => [],
    };

    private List<ObjectKey> Place(CachedObject changed, PlacedObject? next)
    {
        var before = placements.Find(changed.Key);
        if (next is null)
            placements.Remove(changed.Key);
        else
            placements.Put(next);
        var concerned = _triggers.OfPlaced(before, next).ToList();
        // Its grain may have looked before a zone, written earlier, had come this far.
        if (next is { Hosts.Count: > 0 } && !HostConditions.IsTrueTo(PlacedOf(changed), hosts.Read()))
            concerned.Add(changed.Key);
        // A schedule looks at its runs when one of them ends.
        if (before?.WantsPods != next?.WantsPods)
            concerned.AddRange(OwnerKeys.In(changed).Select(owner => OwnerKeys.Of(owner, changed.Key)).OfType<ObjectKey>().Where(owner => owner.Kind == Job.KindName));
        return concerned;
    }

    /// <summary>Whose garbage collection a change concerns: dependents of what is gone, and owners that wait for what is gone or let go.</summary>
    private IEnumerable<ObjectKey> OfOwners(CachedObject changed, bool isDelete)
    {
        var now = isDelete ? [] : OwnerKeys.In(changed);
        var before = owners.Put(changed.Key, now);
        if (isDelete)
        {
            foreach (var dependent in owners.DependentsOf(changed.Uid))
                yield return dependent.Key;
        }

        foreach (var owner in before.Except(now))
        {
            if (OwnerKeys.Of(owner, changed.Key) is { } key && cache.Current(key) is { } waiting && OwnerKeys.WaitsForDependents(waiting))
                yield return key;
        }
    }

    /// <summary>Also wakes who was in the middle of a garbage collection when the last process ended.</summary>
    private void TakeOwners(long revision)
    {
        var all = Kinds.All.Where(kind => kind.Storage == KindStorage.Stored).SelectMany(kind => cache.List(kind.Kind)).ToList();
        owners.Reset(all, revision);
        foreach (var cached in all)
        {
            if (OwnerKeys.WaitsForDependents(cached) || OwnerKeys.In(cached).Any(owner => OwnerKeys.Of(owner, cached.Key) is { } key && cache.Current(key)?.Uid != owner.Uid))
                pokes.Add(cached.Key);
        }
    }

    /// <summary>After a start nobody may be left who knows of these: an acknowledged write that was not acted on, a lease that nobody watches, a zone's change that its hosts' apps do not say yet.</summary>
    private void WakeUnfinished()
    {
        foreach (var cluster in cache.List(Cluster.KindName))
            pokes.Add(cluster.Key);
        foreach (var placed in placements.All().Where(placed => placed.IsUnfinished))
            pokes.Add(placed.Key);
        foreach (var named in placements.Named().Where(named => cache.Current(named.Key) is { } cached && !HostConditions.IsTrueTo(PlacedOf(cached), hosts.Read())))
            pokes.Add(named.Key);
        foreach (var home in cache.List(Namespace.KindName).Where(home => ApiJson.Read(Kinds.Namespace, home.Json.Span).IsDeleting))
            pokes.Add(home.Key);
        foreach (var home in Kinds.All.Where(kind => kind.IsNamespaced && kind.Storage == KindStorage.Stored)
            .SelectMany(kind => cache.List(kind.Kind)).Select(cached => cached.Key.Namespace).Distinct().Where(IsHomeless))
            pokes.Add(ObjectKey.ClusterScoped(Namespace.KindName, home));
    }

    /// <summary>The cache never shows an object before the namespace that it was let into: there was one, and it is gone.</summary>
    private bool IsHomeless(string @namespace) => cache.Current(ObjectKey.ClusterScoped(Namespace.KindName, @namespace)) is null;

    private static PlacedObject PlacementOf(CachedObject cached) => PlacedObject.Of(PlacedOf(cached), cached.Revision);

    private static PlacedResource PlacedOf(CachedObject cached) => (PlacedResource)ApiJson.Read(Kinds.Find(cached.Key.Kind), cached.Json.Span);

    private static Cluster? ClusterOf(CachedObject? cached) => cached is null ? null : (Cluster)ApiJson.Read(Kinds.Cluster, cached.Json.Span);
}
