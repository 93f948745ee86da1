using System.Collections.Concurrent;
using Federation.Api.Agents;
using MemberCluster.Agent.ControlPlane;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Latency;

/// <summary>Measures now and then how far the other regions are, and leaves what is news to the next report.</summary>
/// <param name="peers">Whom to measure.</param>
/// <param name="measure">One of them; null: it does not answer.</param>
/// <param name="tell">Takes what is news.</param>
internal sealed partial class LatencyWatch(
    Func<CancellationToken, Task<RegionPeers>> peers, Func<RegionPeer, CancellationToken, Task<TimeSpan?>> measure, Action<IReadOnlyList<RegionLatency>> tell,
    Random random, TimeProvider time, ILogger<LatencyWatch> logger)
{
    /// <summary>Between two rounds, a fifth more or less.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private const int MostPeers = 64;
    private const int AtOnce = 4;
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(3);

    private readonly RegionMeter _meter = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstAfter;
        while (true)
        {
            await Task.Delay(pause * (0.8 + (random.NextDouble() * 0.4)), time, cancellationToken);
            pause = Every;
            try
            {
                var known = await peers(cancellationToken);
                if (_meter.Take(await RoundAsync([.. known.Peers.Take(MostPeers)], cancellationToken)))
                    tell(_meter.Told);
            }
            catch (ControlPlaneException away)
            {
                // Nobody would hear it now; what was measured stays.
                LogNotMeasured(away.Message);
            }
        }
    }

    /// <summary>For each region, its nearest address.</summary>
    private async Task<Dictionary<string, TimeSpan?>> RoundAsync(IReadOnlyList<RegionPeer> known, CancellationToken cancellationToken)
    {
        var times = new ConcurrentBag<(string Region, TimeSpan? Time)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(known, options, async (peer, token) => times.Add((peer.Region, await measure(peer, token))));
        return times.GroupBy(one => one.Region).ToDictionary(region => region.Key, region => region.Min(one => one.Time), StringComparer.Ordinal);
    }

    [LoggerMessage(EventId = 895, Level = LogLevel.Debug, Message = "The distance to other regions was not measured. {Problem}")]
    private partial void LogNotMeasured(string problem);
}
