using System.Net;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Hosting.Status;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Tls;
using Federation.Dns.Transfers;
using Federation.Dns.Tsig;
using Federation.Dns.Updates;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Hosting;

public static class NameServerServices
{
    /// <summary>Adds a name server that starts with the host. The host also registers an <see cref="IZoneSource"/>, the zone's feed.</summary>
    /// <remarks>Afterwards <see cref="NameServer"/> (explanations, endpoints) and <see cref="ZoneState"/> (serial, staleness) can be injected.</remarks>
    public static IServiceCollection AddNameServer(this IServiceCollection services, Action<NameServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new NameServerOptions();
        configure?.Invoke(options);
        FillInServerAddresses(options);

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(provider => new ZoneState(ParseZone(options), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PlaceState>();
        services.AddSingleton(provider => new NameServerMetrics(
            provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(),
            provider.GetRequiredService<ZoneState>(),
            provider.GetRequiredService<PlaceState>(),
            options.KeysDirectory is null ? null : provider.GetRequiredService<SigningCaches>()));
        services.AddSingleton(provider => new ServerCookies(provider.GetRequiredService<TimeProvider>()));
        if (options.CookieSecretsFile is { } file)
        {
            // Before the server, which is not to answer with other secrets first.
            services.AddSingleton<IHostedService>(provider => new CookieSecretsFollower(
                file,
                provider.GetRequiredService<ServerCookies>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CookieSecretsFollower>>()));
        }

        services.AddSingleton<SigningState>();
        services.AddSingleton(_ => new SigningCaches());
        if (options.KeysDirectory is { } keys)
        {
            // Before the server: a signed zone without signatures is refused by who knows that it is signed.
            services.AddSingleton<IHostedService>(provider => new KeyFollower(
                keys,
                provider.GetRequiredService<SigningState>(),
                provider.GetRequiredService<SigningCaches>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<KeyFollower>>()));
        }

        services.AddSingleton<ServerCertificate>();
        if (options is { TlsEndpoints.Count: > 0, TlsCertificateFile: { } certificate, TlsKeyFile: { } key })
        {
            services.AddSingleton<IHostedService>(provider => new CertificateFollower(
                certificate,
                key,
                provider.GetRequiredService<ServerCertificate>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<CertificateFollower>>()));
        }

        if (options.LocationsFile is { } locations)
        {
            services.AddSingleton<IHostedService>(provider => new LocationFollower(
                locations,
                provider.GetRequiredService<PlaceState>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<LocationFollower>>()));
        }

        services.AddZoneTransfers(options.Transfers);
        services.AddZoneUpdates(options.Updates);
        services.AddSingleton(provider => new NameServer(
            options,
            provider.GetRequiredService<ZoneState>(),
            provider.GetRequiredService<PlaceState>(),
            provider.GetRequiredService<ServerCookies>(),
            provider.GetRequiredService<NameServerMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<NameServer>>())
        {
            Keys = provider.GetRequiredService<TsigKeys>(),
            Transfers = provider.GetService<TransferServer>(),
            Certificate = provider.GetRequiredService<ServerCertificate>(),
            Signing = provider.GetRequiredService<SigningState>(),
        });
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<NameServer>());
        services.AddSingleton<IHostedService>(provider => new ZoneFollower(
            provider.GetRequiredService<IZoneSource>(),
            new ZoneBuilder(options.Zone, provider.GetRequiredService<PlaceState>(), new StatusAnswer(provider.GetRequiredService<ZoneState>(), options.ServerId)),
            provider.GetRequiredService<ZoneState>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ZoneFollower>>()));
        return services;
    }

    private static DnsName ParseZone(NameServerOptions options) =>
        DnsName.TryParse(options.Zone.Zone, out var name) ? name : throw new NameServerStartException(options.FindErrors().First());

    private static void FillInServerAddresses(NameServerOptions options)
    {
        if (options.Zone.NameServerAddresses.Count != 0)
            return;
        var servers = options.Servers.Count > 0 ? options.Servers : options.Endpoints;
        foreach (var address in servers.Select(endpoint => endpoint.Address).Where(address => !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any)))
            options.Zone.NameServerAddresses.Add(address);
    }
}
