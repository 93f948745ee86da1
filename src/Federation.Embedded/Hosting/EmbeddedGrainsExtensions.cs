using Federation.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Orleans.Hosting;

/// <summary>Registers the in-process grain engine.</summary>
public static class EmbeddedGrainsExtensions
{
    /// <summary>
    /// Adds the engine with <see cref="IGrainFactory"/> and <see cref="IClusterClient"/>. It stops with the host, after every hosted
    /// service registered later, and deactivates all grains then. Uses the registered <see cref="TimeProvider"/>, else the system's.
    /// </summary>
    public static IServiceCollection AddEmbeddedGrains(this IServiceCollection services, Action<EmbeddedGrainOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new EmbeddedGrainOptions();
        configure(options);

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<EmbeddedGrainEngine>();
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<EmbeddedGrainEngine>());
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<EmbeddedGrainEngine>());
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddedGrainEngine>());
        return services;
    }
}
