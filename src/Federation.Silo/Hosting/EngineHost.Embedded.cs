using Federation.Grains.Hosting;

namespace Federation.Silo.Hosting;

/// <summary>Runs the grains in this process.</summary>
internal static class EngineHost
{
    public static void UseGrainEngine(this IHostApplicationBuilder builder, SiloOptions options)
    {
        if (!options.Has(SiloRoles.Silo))
            throw new StartupException("This build runs grains in the process that asks for them: it cannot leave out the role silo.");
        if (options.Silo is not null || options.SiloRegion.Length > 0 || options.SiloZone.Length > 0)
            throw new StartupException("This build runs all grains in one process: --silo, --silo-region and --silo-zone need a build with Orleans.");
        builder.Services.AddEmbeddedGrains(engine =>
        {
            engine.GrainAssemblies.Add(typeof(FederationGrainsExtensions).Assembly);
            engine.ResponseTimeout = TimeSpan.FromSeconds(10);
        });
    }
}
