using Federation.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Federation.TestKit.Engine;

public sealed partial class GrainTestCluster
{
    private IHost? host;

    public IGrainFactory GrainFactory => Services.GetRequiredService<IGrainFactory>();

    /// <summary>The services of the silo.</summary>
    public IServiceProvider Services => host!.Services;

    /// <summary>Starts it after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        ConfigureServices(builder.Services);
        builder.Services.AddEmbeddedGrains(engine =>
        {
            foreach (var assembly in options.GrainAssemblies)
                engine.GrainAssemblies.Add(assembly);
            engine.ResponseTimeout = options.ResponseTimeout;
            engine.CollectionAge = options.CollectionAge;
            engine.CollectionQuantum = options.CollectionQuantum;
        });
        host = builder.Build();
        await host.StartAsync();
    }

    /// <summary>Stops it: every grain is deactivated.</summary>
    public async Task StopAsync()
    {
        await host!.StopAsync();
        host.Dispose();
        host = null;
    }

    /// <summary>Ends it as a crash does.</summary>
    public Task KillAsync()
    {
        Services.GetRequiredService<EmbeddedGrainEngine>().Kill();
        host!.Dispose();
        host = null;
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (host is not null)
            await StopAsync();
    }
}
