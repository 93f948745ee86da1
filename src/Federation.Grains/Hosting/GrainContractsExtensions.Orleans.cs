using Federation.Api;
using Federation.Api.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Federation.Grains.Hosting;

public static class GrainContractsExtensions
{
    /// <summary>Adds what a process needs to call the grains or to host them: how arguments and results cross the wire.</summary>
    /// <remarks>
    /// The API's records carry no engine attributes (Federation.Api references no engine), so they travel as the same JSON the store
    /// holds; a member that an older or newer silo does not know is then ignored or empty.
    /// </remarks>
    public static IServiceCollection AddFederationGrainContracts(this IServiceCollection services) =>
        services.AddSerializer(serializer => serializer.AddJsonSerializer(isSupported: IsOfTheApi, jsonSerializerOptions: ApiJson.Options));

    /// <summary>The types that collection expressions leave in that assembly have no namespace; the engine's own codec carries those, JSON cannot read them.</summary>
    private static bool IsOfTheApi(Type type) => type.Assembly == typeof(ObjectKey).Assembly && type.Namespace is not null;
}
