using Federation.Grains.Hosting;

namespace Federation.Silo.Hosting;

/// <summary>Runs the grains in this process.</summary>
internal static class EngineHost
{
    public static void UseGrainEngine(this WebApplicationBuilder builder, SiloOptions options)
    {
        if (!options.Has(SiloRoles.Silo))
            throw new StartupException("This build runs grains in the process that asks for them: it cannot leave out the role silo.");
        builder.Services.AddEmbeddedGrains(engine => engine.GrainAssemblies.Add(typeof(FederationGrainsExtensions).Assembly));
    }
}
