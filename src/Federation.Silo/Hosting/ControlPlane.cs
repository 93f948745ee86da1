using Federation.Dns.Hosting;
using Federation.Dns.Zones;
using Federation.Gateway.Hosting;
using Federation.Grains.Events;
using Federation.Grains.Hosting;
using Federation.Grains.Placements;
using Federation.Silo.Dns;
using Federation.Storage;
using Federation.Storage.Cache;
using Federation.Storage.Compaction;
using Microsoft.Extensions.Logging.Console;

namespace Federation.Silo.Hosting;

/// <summary>Puts a control-plane process together: store, cache, grain engine, grains, name server, gateway.</summary>
/// <remarks>Hosted services stop in the reverse order: the gateway stops taking requests first, the store closes last.</remarks>
internal static class ControlPlane
{
    public static async Task RunAsync(SiloOptions options, CancellationToken cancellationToken)
    {
        using var logs = LoggerFactory.Create(logging => ConfigureLogging(logging, options, new StartupState()));
        await using var store = await StoreOpener.OpenAsync(options, logs, cancellationToken);
        var host = Build(options, store);
        try
        {
            await host.StartAsync(cancellationToken);
            host.Services.GetRequiredService<StartupState>().IsOver = true;
            await host.WaitForShutdownAsync(cancellationToken);
        }
        finally
        {
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }

    private static IHost Build(SiloOptions options, IObjectStore store)
    {
        if (!options.Has(SiloRoles.Gateway))
        {
            var plain = Host.CreateApplicationBuilder();
            AddServices(plain, options, store);
            return plain.Build();
        }

        var web = WebApplication.CreateSlimBuilder();
        AddServices(web, options, store);
        web.AddFederationGateway(new GatewayOptions
        {
            Zone = options.Zone.TrimEnd('.'),
            DataDirectory = options.Data,
            ListenAddress = options.Gateway.Address,
            Port = options.Gateway.Port,
            PublicNames = options.PublicNames,
            KubeConfigPath = options.KubeConfig,
        });
        var app = web.Build();
        app.MapFederationGateway();
        return app;
    }

    private static void AddServices(IHostApplicationBuilder builder, SiloOptions options, IObjectStore store)
    {
        var services = builder.Services;
        var startup = new StartupState();
        services.AddSingleton(startup);
        ConfigureLogging(builder.Logging, options, startup);
        if (builder.Configuration[Telemetry.EndpointVariable] is not null)
            services.AddHostedService<Telemetry>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(store);
        services.AddSingleton(new FederationZoneOptions { Zone = options.Zone.TrimEnd('.') });
        services.AddSingleton(new ObjectCacheOptions());
        services.AddSingleton<ObjectCache>();
        services.AddSingleton<IObjectCache>(provider => provider.GetRequiredService<ObjectCache>());
        services.AddHostedService(provider => provider.GetRequiredService<ObjectCache>());
        builder.UseGrainEngine(options);
        if (options.Has(SiloRoles.Silo))
        {
            services.AddSingleton(new EventOptions { Life = options.EventLife });
            services.AddSingleton(options.Fence);
            services.AddFederationGrains();
            services.AddHostedService<Bootstrap>();
            services.AddSingleton(new StoreCompactorOptions());
            services.AddHostedService<StoreCompactor>();
        }

        if (options.Has(SiloRoles.Dns))
            AddDns(services, options);
    }

    private static void AddDns(IServiceCollection services, SiloOptions options)
    {
        services.AddSingleton<IZoneSource, CacheZoneSource>();
        services.AddSingleton<IDnsExplainer, DnsExplainer>();
        services.AddNameServer(server =>
        {
            server.Zone.Zone = options.Zone;
            server.ServerId = options.DnsId;
            server.CookieSecretsFile = options.DnsCookieSecrets;
            server.LocationsFile = options.DnsLocations;
            server.TlsCertificateFile = options.DnsTlsCertificate;
            server.TlsKeyFile = options.DnsTlsKey;
            server.KeysDirectory = options.DnsZoneKeys;
            server.ResponsesPerSecond = options.DnsLimit;
            server.Transfers.KeysFile = options.DnsKeys;
            foreach (var peer in options.DnsTransfer)
                server.Transfers.Allowed.Add(peer);
            foreach (var peer in options.DnsTransferUnsigned)
                server.Transfers.AllowedUnsigned.Add(peer);
            foreach (var target in options.DnsNotify)
                server.Transfers.Notified.Add(target);
            foreach (var target in options.DnsPush)
                server.Updates.Add(target);
            server.QueryLogPerSecond = options.DnsQueryLog;
            foreach (var other in options.DnsServers)
                server.Servers.Add(other);
            server.Endpoints.Clear();
            foreach (var endpoint in options.Dns)
                server.Endpoints.Add(endpoint);
            foreach (var endpoint in options.DnsTls)
                server.TlsEndpoints.Add(endpoint);
        });
    }

    private static void ConfigureLogging(ILoggingBuilder logging, SiloOptions options, StartupState startup)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.Log).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Orleans", LogLevel.Warning);
        // A start that fails ends with one sentence on the error stream; the host's own account of it says nothing more.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", level => level >= LogLevel.Warning && startup.IsOver);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
    }
}
