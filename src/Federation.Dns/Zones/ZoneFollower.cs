using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Zones;

/// <summary>Follows the source and publishes each batch as a zone version; when the source is cut off, keeps what there is and tries again.</summary>
internal sealed partial class ZoneFollower(IZoneSource source, ZoneBuilder builder, ZoneState state, TimeProvider time, ILogger<ZoneFollower> logger) : BackgroundService
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(2);

    /// <summary>Names whose loading leaves so much garbage that it is worth a collection.</summary>
    private const int ManyNames = 100_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = FirstRetry;
        state.CutOff();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var batch in source.ReadAsync(stoppingToken).WithCancellation(stoppingToken))
                {
                    var before = state.Current;
                    var zones = builder.Apply(batch);
                    if (before is null && zones.All.Sum(zone => zone.NameCount) > ManyNames)
                        GiveMemoryBack();
                    state.Publish(zones);
                    retry = FirstRetry;
                    foreach (var zone in zones.All.Where(zone => before?.Find(zone.Apex) is null))
                        LogLoaded(zone.Apex, zone.Serial, zone.NameCount);
                }

                LogCutOff(null, retry);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever breaks the feed, the zone must keep answering and the feed must come back.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogCutOff(exception, retry);
            }

            state.CutOff();
            await Task.Delay(retry, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry = TimeSpan.FromTicks(Math.Min(retry.Ticks * 2, LastRetry.Ticks));
        }
    }

    /// <summary>Before anybody is answered: later hardly anything is allocated that would make the collector do it.</summary>
    private static void GiveMemoryBack() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    [LoggerMessage(EventId = 5011, Level = LogLevel.Information, Message = "Zone {Zone} is loaded: serial {Serial}, {Names} names")]
    private partial void LogLoaded(Wire.DnsName zone, uint serial, int names);

    [LoggerMessage(EventId = 5012, Level = LogLevel.Warning, Message = "The zone's feed is cut off; answering from what is known and trying again in {Retry}")]
    private partial void LogCutOff(Exception? exception, TimeSpan retry);
}
