using System.Reflection;
using Federation.Embedded;
using Federation.Gateway.Agents;
using Federation.Gateway.Hosting;
using Federation.Gateway.Sources;
using Federation.Grains.Hosting;
using Federation.Grains.Objects;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Storage;
using Federation.Storage;
using Federation.Storage.Cache;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Simulation.Tests.Silos;

/// <summary>The control plane's process: grains on the seeded engine, cache, durable timers, and what the gateway derives for agents.</summary>
internal sealed class SimSilo(World world) : IIdSource
{
    public const string Name = "silo";

    private static readonly MethodInfo Execute = typeof(BackgroundService).GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic)!;
    private int _ids;
    private int _lives;

    /// <summary>Null: it is down.</summary>
    public Life? Life { get; private set; }

    public SiloServices? Services { get; private set; }

    public DiskFaults Disk { get; } = new();

    /// <summary>The machine's clocks outlive the process.</summary>
    public MachineClock Clock { get; } = new(world.Time);

    /// <summary>It dies when so many more writes are made, before it hears of the last one; 0: it does not.</summary>
    public int DiesAtWrite { get; set; }

    /// <summary>A write was made.</summary>
    public void Wrote()
    {
        if (DiesAtWrite > 0 && --DiesAtWrite == 0)
            Kill();
    }

    public void Start()
    {
        var life = Life = new Life(world, Name, new ProcessClock(Clock));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(life.Clock);
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<IIdSource>(this);
        services.AddSingleton<IObjectStore>(new SimStoreLink(world, life));
        services.AddSingleton(new ObjectCacheOptions());
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<IObjectCache>(provider => provider.GetRequiredService<ObjectCache>());
        services.AddHostedService(provider => provider.GetRequiredService<ObjectCache>());
        services.AddEmbeddedGrains(engine =>
        {
            engine.GrainAssemblies.Add(typeof(FederationGrainsExtensions).Assembly);
            engine.ResponseTimeout = TimeSpan.FromSeconds(10);
            engine.Scheduler = world.Scheduler;
        });
        services.AddSingleton(world.Fence);
        services.AddFederationGrains();
        services.AddSingleton(new GatewayOptions { DataDirectory = world.Directory });
        services.AddSingleton<LatestRevision>();
        services.AddSingleton<Freshness>();
        services.AddSingleton<StreamBroker>();
        services.AddSingleton<WorksFeed>();
        services.AddSingleton<WorksHub>();
        services.AddHostedService(provider => provider.GetRequiredService<WorksHub>());
        var provider = services.BuildServiceProvider();
        Services = new SiloServices(provider, provider.GetRequiredService<IGrainFactory>());
        world.Trace.Add($"silo starts its life {++_lives}");
        // As a host does, but on this process's turns instead of the thread pool's.
        foreach (var hosted in provider.GetServices<IHostedService>())
            _ = life.Start(() => hosted is BackgroundService background ? (Task)Execute.Invoke(background, [CancellationToken.None])! : hosted.StartAsync(CancellationToken.None));
    }

    public void Kill()
    {
        if (Life is not { } life)
            return;
        world.Trace.Add("silo dies");
        life.Kill();
        Services!.Provider.GetRequiredService<EmbeddedGrainEngine>().Kill();
        (Life, Services) = (null, null);
    }

    string IIdSource.NewUid() => $"00000000-0000-0000-0000-{++_ids:x12}";
}

/// <summary>What one life of the silo is made of.</summary>
internal sealed record SiloServices(ServiceProvider Provider, IGrainFactory Grains);
