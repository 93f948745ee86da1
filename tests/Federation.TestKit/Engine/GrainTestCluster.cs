using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federation.TestKit.Engine;

/// <summary>
/// Grains running on the engine this build has chosen. What must outlive a restart, a store above all, is an object the
/// services delegate captures: the delegate runs again for every start.
/// </summary>
public sealed partial class GrainTestCluster : IAsyncDisposable
{
    private readonly Action<IServiceCollection> services;
    private readonly GrainTestClusterOptions options;

    private GrainTestCluster(GrainTestClusterOptions options, Action<IServiceCollection> services)
    {
        this.options = options;
        this.services = services;
    }

    /// <summary>Starts a cluster whose silos have the given services.</summary>
    public static async Task<GrainTestCluster> StartAsync(GrainTestClusterOptions options, Action<IServiceCollection> services)
    {
        var started = new GrainTestCluster(options, services);
        await started.StartAsync();
        return started;
    }

    /// <summary>Stops the cluster properly, every grain deactivated, and starts it anew.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Ends the cluster without a word to any grain and starts it anew.</summary>
    public async Task CrashAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    private void ConfigureServices(IServiceCollection collection)
    {
        collection.AddLogging(logging => logging.ClearProviders());
        services(collection);
    }
}
