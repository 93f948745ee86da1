using Federation.Dns.Hosting;
using Federation.Dns.Zones;
using Federation.Gateway.Hosting;
using Federation.Grains.Hosting;
using Federation.Silo.Dns;
using Federation.Storage;
using Federation.Storage.Cache;

namespace Federation.Silo.Hosting;

/// <summary>Puts a control-plane process together: store, cache, grain engine, grains, name server, gateway.</summary>
/// <remarks>Hosted services stop in the reverse order: the gateway stops taking requests first, the store closes last.</remarks>
internal static class ControlPlane
{
    public static async Task RunAsync(SiloOptions options, IConfiguration configuration, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.SetMinimumLevel(options.Log).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        using var logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(options.Log).AddSimpleConsole(console => console.SingleLine = true));
        await using var store = await StoreOpener.OpenAsync(options, logs, cancellationToken);
        AddServices(builder, options, store);
        await using var app = builder.Build();
        if (options.Has(SiloRoles.Gateway))
            app.MapFederationGateway();
        await app.RunAsync(cancellationToken);
    }

    private static void AddServices(WebApplicationBuilder builder, SiloOptions options, IObjectStore store)
    {
        var services = builder.Services;
        if (builder.Configuration[Telemetry.EndpointVariable] is not null)
            services.AddHostedService<Telemetry>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(store);
        services.AddSingleton(new ObjectCacheOptions());
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<IObjectCache>(provider => provider.GetRequiredService<ObjectCache>());
        services.AddHostedService(provider => provider.GetRequiredService<ObjectCache>());
        builder.UseGrainEngine(options);
        if (options.Has(SiloRoles.Silo))
        {
            services.AddFederationGrains();
            services.AddHostedService<Bootstrap>();
        }

        if (options.Has(SiloRoles.Dns))
            AddDns(services, options);
        if (options.Has(SiloRoles.Gateway))
            AddGateway(builder, options);
    }

    private static void AddGateway(WebApplicationBuilder builder, SiloOptions options)
    {
        builder.AddFederationGateway(new GatewayOptions
        {
            DataDirectory = options.Data,
            ListenAddress = options.Gateway.Address,
            Port = options.Gateway.Port,
            PublicNames = options.PublicNames,
            KubeConfigPath = options.KubeConfig,
        });
        if (options.Has(SiloRoles.Dns))
            builder.Services.AddSingleton<IDnsExplainer, DnsExplainer>();
    }

    private static void AddDns(IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton<IZoneSource, CacheZoneSource>();
        services.AddNameServer(server =>
        {
            server.Zone.Zone = options.Zone;
            server.Endpoints.Clear();
            foreach (var endpoint in options.Dns)
                server.Endpoints.Add(endpoint);
        });
    }
}
