using Federation.Gateway.Agents;
using Federation.Gateway.Auth;
using Federation.Gateway.Discovery;
using Federation.Gateway.Health;
using Federation.Gateway.Http;
using Federation.Gateway.Metrics;
using Federation.Gateway.Nodes;
using Federation.Gateway.Pets;
using Federation.Gateway.OpenApi;
using Federation.Gateway.Pods;
using Federation.Gateway.Resources;
using Federation.Gateway.Reviews;
using Federation.Gateway.Sources;
using Federation.Gateway.Streams;
using Federation.Gateway.Tables;
using Federation.Gateway.Telemetry;
using Federation.Gateway.Tls;
using Federation.Gateway.Watching;
using Federation.Grains.Placements;
using Federation.Storage.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Gateway.Hosting;

/// <summary>Puts the gateway into a host.</summary>
public static class GatewayHosting
{
    /// <summary>Adds the gateway and its listener. The host brings <see cref="IObjectCache"/>, <see cref="Storage.IObjectStore"/> and the grains, and maps it with <see cref="MapFederationGateway"/>.</summary>
    public static WebApplicationBuilder AddFederationGateway(this WebApplicationBuilder builder, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddFederationGateway(options);
        return builder;
    }

    /// <summary>As <see cref="AddFederationGateway(WebApplicationBuilder, GatewayOptions)"/>, for a host with Kestrel's HTTPS configuration already in it.</summary>
    public static IServiceCollection AddFederationGateway(this IServiceCollection services, GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddRouting();
        services.AddSingleton(options);
        services.AddSingleton(provider => CertificateAuthority.LoadOrCreate(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ServerCertificate>();
        services.Configure<SocketTransportOptions>(static sockets => sockets.CreateBoundListenSocket = Listeners.Bind);
        services.AddOptions<KestrelServerOptions>().Configure<ServerCertificate>((kestrel, certificate) => Listen(kestrel, certificate, options));

        services.AddSingleton<LatestRevision>();
        services.AddSingleton<Freshness>();
        services.AddSingleton<StoredSource>();
        services.AddSingleton<KindServers>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<CredentialWriter>();
        services.AddSingleton<ITableColumns, AppColumns>();
        services.AddSingleton<ITableColumns, DaemonColumns>();
        services.AddSingleton<ITableColumns, JobColumns>();
        services.AddSingleton<ITableColumns, PetSnapshotColumns>();
        services.AddSingleton<ITableColumns, PetSetColumns>();
        services.AddSingleton<ITableColumns, ClusterColumns>();
        services.AddSingleton<ITableColumns, PodColumns>();
        services.AddSingleton<ITableColumns, NodeColumns>();
        services.AddSingleton<ITableColumns, NodeMetricsColumns>();
        services.AddSingleton<ITableColumns, PodMetricsColumns>();
        services.AddSingleton<ITableColumns, NamespaceColumns>();
        services.AddSingleton<ITableColumns, EventColumns>();
        services.AddSingleton<ITableColumns, ConfigMapColumns>();
        services.AddSingleton<ITableColumns, SecretColumns>();
        services.AddSingleton<ITableColumns, RegionColumns>();
        services.AddSingleton<ITableColumns, ZoneColumns>();
        services.AddSingleton<TableWriter>();
        services.AddSingleton<ContinueTokens>();
        services.AddSingleton<ListEndpoint>();
        services.AddSingleton<WatchEndpoint>();
        services.AddSingleton<ReadEndpoint>();
        services.TryAddSingleton(new FederationZoneOptions { Zone = options.Zone });
        services.TryAddSingleton<HostGrantReader>();
        services.AddSingleton<HostWarnings>();
        services.AddSingleton<WriteEndpoint>();
        services.AddSingleton<DeleteCollectionEndpoint>();
        services.AddSingleton<ScaleEndpoint>();
        services.AddSingleton<PodLogEndpoint>();
        services.AddSingleton<PodEvictionEndpoint>();
        services.AddSingleton<PetWordEndpoint>();
        services.AddSingleton<NodeWriteEndpoint>();
        services.AddSingleton<ExecEndpoint>();
        services.AddSingleton<PortForwardEndpoint>();
        services.AddSingleton<ResourceRoutes>();
        foreach (var resource in (DiscoveredResource[])[.. ReviewEndpoints.Resources, ServiceEndpoints.Resource])
            services.AddSingleton(resource);
        services.AddSingleton<DiscoveryCatalog>();
        services.AddSingleton<DiscoveryEndpoints>();
        services.AddSingleton<ReviewEndpoints>();
        services.AddSingleton<ServiceEndpoints>();
        services.AddSingleton<OpenApiEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<StreamBroker>();
        services.AddSingleton<JoinEndpoint>();
        services.AddSingleton<WorksFeed>();
        services.AddSingleton<WorksEndpoint>();
        services.AddSingleton<VolumeEndpoint>();
        services.AddSingleton<PeersEndpoint>();
        services.AddSingleton<AgentEndpoints>();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<PrometheusExporter>();

        services.AddSingleton<MetricsDirectory>();
        services.AddSingleton<PodDirectory>();
        services.AddHostedService(static provider => provider.GetRequiredService<PodDirectory>());
        services.AddSingleton<WorksHub>();
        services.AddHostedService(static provider => provider.GetRequiredService<WorksHub>());
        services.AddSingleton(static provider => new GatewayBootstrap(
            provider.GetRequiredService<GatewayOptions>(),
            provider.GetRequiredService<CertificateAuthority>(),
            provider.GetRequiredService<IServer>(),
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<CredentialWriter>(),
            provider.GetRequiredService<Authenticator>(),
            provider.GetRequiredService<IObjectCache>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GatewayBootstrap>>()));
        services.AddHostedService(static provider => provider.GetRequiredService<GatewayBootstrap>());
        return services;
    }

    /// <summary>Maps everything the gateway serves. What no path matches is a 404 Status.</summary>
    public static WebApplication MapFederationGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<FailureMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseWebSockets();
        app.UseMiddleware<CompressionMiddleware>();
        var services = app.Services;
        // From here on it measures: before the first request.
        var metrics = services.GetRequiredService<PrometheusExporter>();
        services.GetRequiredService<ResourceRoutes>().Map(app);
        services.GetRequiredService<DiscoveryEndpoints>().Map(app);
        services.GetRequiredService<ReviewEndpoints>().Map(app);
        services.GetRequiredService<ServiceEndpoints>().Map(app);
        services.GetRequiredService<OpenApiEndpoints>().Map(app);
        services.GetRequiredService<AgentEndpoints>().Map(app);
        services.GetRequiredService<HealthEndpoints>().Map(app);
        DnsExplainEndpoint.Map(app);
        app.MapGet("/metrics", metrics.ServeAsync);
        app.MapFallback("{**path}", static (HttpContext context) => throw new RefusedException(UnservedPath.StatusOf(context.Request.Path.Value ?? "/")));
        return app;
    }

    private static void Listen(KestrelServerOptions kestrel, ServerCertificate certificate, GatewayOptions options)
    {
        kestrel.AddServerHeader = false;
        // Agents and watches keep streams open: many over one connection, and a dead one is noticed within seconds.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(5);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(5);
        kestrel.Listen(options.ListenAddress, options.Port, listener => listener.UseHttps(https =>
        {
            https.ServerCertificateSelector = (_, _) => certificate.Current;
            https.SslProtocols = System.Security.Authentication.SslProtocols.None;
            https.ClientCertificateMode = ClientCertificateMode.NoCertificate;
        }));
    }
}
