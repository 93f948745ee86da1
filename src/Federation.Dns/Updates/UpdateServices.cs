using System.Diagnostics.Metrics;
using Federation.Dns.Hosting;
using Federation.Dns.Tsig;
using Federation.Dns.Zones;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Updates;

internal static class UpdateServices
{
    /// <summary>Adds a pusher for each server that is to have the federation's names.</summary>
    public static void AddZoneUpdates(this IServiceCollection services, IEnumerable<UpdateTarget> targets)
    {
        foreach (var target in targets)
        {
            services.AddSingleton(provider => new UpdateStatus(target, target.Zone ?? provider.GetRequiredService<ZoneState>().Apex, provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IHostedService>(provider => new UpdatePusher(
                target,
                provider.GetRequiredService<TsigKeys>(),
                provider.GetRequiredService<ZoneState>(),
                provider.GetRequiredService<UpdateMetrics>().StatusOf(target),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<UpdatePusher>>()));
        }

        services.AddSingleton(provider => new UpdateMetrics(provider.GetRequiredService<IMeterFactory>(), provider.GetServices<UpdateStatus>()));
    }
}

/// <summary>How servers that are pushed to are doing.</summary>
internal sealed class UpdateMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly UpdateStatus[] _all;

    public UpdateMetrics(IMeterFactory factory, IEnumerable<UpdateStatus> targets)
    {
        UpdateStatus[] all = [.. targets];
        _all = all;
        _meter = factory.Create(NameServerMetrics.MeterName);
        _meter.CreateObservableGauge("dns.update.pushing", () => Read(all, status => status.Current.IsPushing ? 1 : 0), description: "1: this process pushes; 0: another one does, or none can.");
        _meter.CreateObservableGauge("dns.update.serial", () => Read(all, status => status.Current.Serial), description: "Our serial that the server has come to.");
        _meter.CreateObservableGauge("dns.update.names", () => Read(all, status => status.Current.Owned), "{name}", "Names at the server that have records of ours.");
        _meter.CreateObservableGauge("dns.update.problems", () => Read(all, status => status.Current.Problems), "{name}", "Names that cannot be at the server as they should.");
        _meter.CreateObservableGauge("dns.update.age", () => Read(all, status => (long)status.Age), "s", "How long ago the server was last known to be as it should, or in the hands of another process.");
        _meter.CreateObservableCounter("dns.update.changes", () => Read(all, status => status.Current.Changed), "{name}", "Names updated by this process.");
    }

    public UpdateStatus StatusOf(UpdateTarget target) => _all.First(status => status.Target.Equals(target));

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Read(UpdateStatus[] targets, Func<UpdateStatus, long> read) =>
        targets.Select(status => new Measurement<long>(
            read(status), new KeyValuePair<string, object?>("server.address", status.Target.Server.ToString()), new KeyValuePair<string, object?>("dns.zone", status.Zone.ToString())));
}
