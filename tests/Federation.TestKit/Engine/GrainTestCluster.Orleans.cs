using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Federation.TestKit.Engine;

public sealed partial class GrainTestCluster
{
    private InProcessTestCluster? cluster;

    /// <summary>The first silo's own: what a gateway in the same process uses.</summary>
    public IGrainFactory GrainFactory => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The services of the first silo.</summary>
    public IServiceProvider Services => cluster!.GetSiloServiceProvider(cluster.Silos[0].SiloAddress);

    /// <summary>Starts it after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder((short)options.Silos);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        builder.ConfigureSilo((_, silo) =>
        {
            ConfigureServices(silo.Services);
            // A clock of the test's own is for the grains and their timers. The engine's upkeep, membership and the directory above
            // all, sleeps in loops until a deadline: on a clock that jumps they run on the thread that moves it and never let it go.
            silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
            silo.Services.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
            silo.Services.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = options.CollectionAge;
                collection.CollectionQuantum = options.CollectionQuantum;
            });
        });
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    /// <summary>Stops it: every grain is deactivated.</summary>
    public async Task StopAsync()
    {
        await cluster!.StopAllSilosAsync();
        await cluster.DisposeAsync();
        cluster = null;
    }

    /// <summary>Ends it as a crash does.</summary>
    public async Task KillAsync()
    {
        foreach (var silo in cluster!.Silos.ToArray())
            await cluster.KillSiloAsync(silo);
        await cluster.DisposeAsync();
        cluster = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster is not null)
            await StopAsync();
    }
}
