using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Jobs;
using Federation.Api.Pets;
using Federation.Api.Snapshots;
using Federation.Grains.Apps;
using Federation.Grains.Clusters;
using Federation.Grains.Daemons;
using Federation.Grains.Jobs;
using Federation.Grains.Pets;
using Federation.Grains.Resources;
using Federation.Grains.Snapshots;

namespace Federation.Grains.Objects;

public static class GrainFactoryExtensions
{
    /// <summary>The grain that owns an object, whatever its kind.</summary>
    public static IObjectGrain GetObjectGrain(this IGrainFactory grains, ObjectKey key) => key.Kind switch
    {
        App.KindName => grains.GetGrain<IAppGrain>(key.ToString()),
        Daemon.KindName => grains.GetGrain<IDaemonGrain>(key.ToString()),
        Job.KindName => grains.GetGrain<IJobGrain>(key.ToString()),
        PetSet.KindName => grains.GetGrain<IPetSetGrain>(key.ToString()),
        PetSnapshot.KindName => grains.GetGrain<IPetSnapshotGrain>(key.ToString()),
        Cluster.KindName => grains.GetGrain<IMemberClusterGrain>(key.ToString()),
        _ => grains.GetGrain<IResourceGrain>(key.ToString()),
    };

    public static IAppGrain GetAppGrain(this IGrainFactory grains, string @namespace, string name) =>
        grains.GetGrain<IAppGrain>(new ObjectKey(App.KindName, @namespace, name).ToString());

    /// <summary>Brings what a cluster says about a work to the object that the work was made of.</summary>
    /// <exception cref="ArgumentException">Objects of that kind are not placed on clusters.</exception>
    public static Task ObserveAsync(this IGrainFactory grains, ObjectKey owner, string cluster, WorkStatus status, CancellationToken cancellationToken) => owner.Kind switch
    {
        App.KindName => grains.GetGrain<IAppGrain>(owner.ToString()).ObserveAsync(cluster, status, cancellationToken),
        Daemon.KindName => grains.GetGrain<IDaemonGrain>(owner.ToString()).ObserveAsync(cluster, status, cancellationToken),
        Job.KindName => grains.GetGrain<IJobGrain>(owner.ToString()).ObserveAsync(cluster, status, cancellationToken),
        PetSet.KindName => grains.GetGrain<IPetSetGrain>(owner.ToString()).ObserveAsync(cluster, status, cancellationToken),
        PetSnapshot.KindName => grains.GetGrain<IPetSnapshotGrain>(owner.ToString()).ObserveAsync(cluster, status, cancellationToken),
        _ => throw new ArgumentException($"{owner} is not placed on clusters.", nameof(owner)),
    };

    public static IMemberClusterGrain GetClusterGrain(this IGrainFactory grains, string name) =>
        grains.GetGrain<IMemberClusterGrain>(ObjectKey.ClusterScoped(Cluster.KindName, name).ToString());
}
