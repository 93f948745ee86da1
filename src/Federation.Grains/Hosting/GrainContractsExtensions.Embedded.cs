using Microsoft.Extensions.DependencyInjection;

namespace Federation.Grains.Hosting;

public static class GrainContractsExtensions
{
    /// <summary>Adds what a process needs to call the grains or to host them: nothing, for calls within one process pass references.</summary>
    public static IServiceCollection AddFederationGrainContracts(this IServiceCollection services) => services;
}
