using Federation.Dns.Notifying;
using Federation.Dns.Signing;
using Federation.Dns.Tsig;
using Federation.Dns.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Transfers;

internal static class TransferServices
{
    /// <summary>Adds the keys that are shared with other servers, transfers to them, and what they are told. Before the server: it is not to refuse whom it knows.</summary>
    public static void AddZoneTransfers(this IServiceCollection services, TransferOptions options)
    {
        services.AddSingleton<TsigKeys>();
        services.AddSingleton<TransferMetrics>();
        if (options.KeysFile is { } file)
        {
            services.AddSingleton<IHostedService>(provider => new TsigKeysFollower(
                file, provider.GetRequiredService<TsigKeys>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TsigKeysFollower>>()));
        }

        if (options.Allowed.Count + options.AllowedUnsigned.Count > 0)
        {
            services.AddSingleton(provider => new TransferServer(
                options,
                provider.GetRequiredService<TsigKeys>(),
                provider.GetRequiredService<ZoneState>(),
                provider.GetRequiredService<SigningState>(),
                new ZoneJournal(options, provider.GetRequiredService<ZoneState>()),
                provider.GetRequiredService<TransferMetrics>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<TransferServer>>()));
        }

        foreach (var target in options.Notified)
        {
            services.AddSingleton<IHostedService>(provider => new NotifySender(
                target,
                provider.GetRequiredService<TsigKeys>(),
                provider.GetRequiredService<ZoneState>(),
                provider.GetRequiredService<TransferMetrics>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<NotifySender>>()));
        }
    }
}
