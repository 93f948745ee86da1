using Federation.Grains.Clusters;
using Federation.Grains.Events;
using Federation.Grains.Jobs;
using Federation.Grains.Objects;
using Federation.Grains.Owners;
using Federation.Grains.Pets;
using Federation.Grains.Placements;
using Federation.Grains.Reconciling;
using Federation.Grains.Resources;
using Federation.Grains.Snapshots;
using Federation.Storage;
using Orleans.Runtime.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Federation.Grains.Hosting;

public static class FederationGrainsExtensions
{
    /// <summary>Adds what the grains work with: state over the store, durable timers, change triggers, events.</summary>
    /// <remarks>Expects an <see cref="IObjectStore"/>, an object cache that is kept current, and a grain engine. Add it before the engine is started.</remarks>
    public static IServiceCollection AddFederationGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddFederationGrainContracts();
        services.TryAddSingleton<IIdSource, RandomIdSource>();
        services.AddGrainStorage(ObjectGrainStorage.Name, static (provider, _) => new ObjectGrainStorage(provider.GetRequiredService<IObjectStore>()));
        services.AddSingleton<NamespaceGate>();
        services.AddSingleton<ObjectGrainContext>();
        services.AddSingleton<NamespaceContents>();
        services.AddSingleton<OwnerIndex>();
        services.AddSingleton<Dependents>();
        services.AddSingleton<PlacementIndex>();
        services.TryAddSingleton(new FederationZoneOptions());
        services.TryAddSingleton<HostGrantReader>();
        services.AddSingleton<ClusterSnapshots>();
        services.AddSingleton<PlacementExecutor>();
        services.AddSingleton<ScheduleExecutor>();
        services.AddSingleton<FenceReader>();
        services.AddSingleton<SnapshotBook>();
        services.AddSingleton<ReportRouter>();
        services.AddSingleton<ClusterCredentials>();
        services.TryAddSingleton(new FenceOptions());

        services.TryAddSingleton(new EventOptions());
        services.AddSingleton<EventWriter>();
        services.AddSingleton<IEventRecorder>(provider => provider.GetRequiredService<EventWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<EventWriter>());
        services.AddSingleton<PokeQueue>();
        services.AddHostedService(provider => provider.GetRequiredService<PokeQueue>());
        services.AddHostedService<ChangeFollower>();
        services.AddHostedService<ReconcilePump>();
        services.AddHostedService<ClusterPulse>();
        return services;
    }
}
