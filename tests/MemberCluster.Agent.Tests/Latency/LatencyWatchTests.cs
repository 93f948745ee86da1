using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Federation.Api.Agents;
using Federation.TestKit.Time;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Latency;
using MemberCluster.Agent.Reports;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Latency;

public sealed class LatencyWatchTests
{
    [Fact]
    public async Task Run_Rounds_TellsTheNearestOfEachRegionAndOutlivesACut()
    {
        var clock = new ManualTimeProvider();
        var told = new ConcurrentQueue<string>();
        var (isCut, rounds, eu) = (false, 0, 20.0);
        Task<RegionPeers> Peers(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref rounds);
            return Volatile.Read(ref isCut)
                ? throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "away")
                : Task.FromResult(new RegionPeers { Peers = [Peer("eu", "a"), Peer("eu", "b"), Peer("us", "c"), Peer("sa", "silent")] });
        }

        Task<TimeSpan?> Measure(RegionPeer peer, CancellationToken cancellationToken) => Task.FromResult(peer.Cluster switch
        {
            "a" => TimeSpan.FromMilliseconds(500),
            "b" => TimeSpan.FromMilliseconds(Volatile.Read(ref eu)),
            "c" => TimeSpan.FromMilliseconds(90),
            _ => (TimeSpan?)null,
        });
        var watch = new LatencyWatch(Peers, Measure, latencies => told.Enqueue(string.Join(' ', latencies.Select(one => $"{one.Region}={one.Milliseconds:0}"))), new Random(1), clock, NullLogger<LatencyWatch>.Instance);
        using var stopping = new CancellationTokenSource();
        var running = watch.RunAsync(stopping.Token);
        await RoundsAsync(1);
        await Eventually.TrueAsync(() => told.Contains("eu=20 us=90"), "told");

        Volatile.Write(ref isCut, true);
        await RoundsAsync(3);
        Volatile.Write(ref eu, 200);
        Volatile.Write(ref isCut, false);
        await Eventually.TrueAsync(() => Advanced() && told.Count == 2, "told again");
        told.Last().ShouldBe("eu=65 us=90");
        await stopping.CancelAsync();
        await running.ShouldThrowAsync<OperationCanceledException>();

        async Task RoundsAsync(int more)
        {
            var target = Volatile.Read(ref rounds) + more;
            await Eventually.TrueAsync(() => Advanced() && Volatile.Read(ref rounds) >= target, "rounds");
        }

        bool Advanced()
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            return true;
        }
    }

    [Fact]
    public async Task Measure_OpenClosedAndUnknownAddress_AreATimeATimeAndNothing()
    {
        var probe = new RegionProbe(TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        (await probe.MeasureAsync(new RegionPeer { Address = "127.0.0.1", Port = port }, CancellationToken.None)).ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
        listener.Stop();
        (await probe.MeasureAsync(new RegionPeer { Address = "127.0.0.1", Port = port }, CancellationToken.None)).ShouldNotBeNull("a refusal took the same way");
        (await probe.MeasureAsync(new RegionPeer { Address = "nowhere", Port = port }, CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public void Contents_Latencies_GoWithOneReportAndWithEveryFullOne()
    {
        var contents = new ReportContents();
        contents.SetLatencies([new RegionLatency { Region = "eu", Milliseconds = 20 }]);
        contents.HasChanges.ShouldBeFalse("they cause no report");
        var (report, taken) = contents.Take(isFull: false);
        report.Latencies.ShouldNotBeNull().Single().Region.ShouldBe("eu");
        contents.Take(isFull: false).Report.Latencies.ShouldBeNull();
        contents.GiveBack(taken);
        contents.Take(isFull: false).Report.Latencies.ShouldNotBeNull("it did not arrive");
        contents.Take(isFull: true).Report.Latencies.ShouldNotBeNull();
    }

    private static RegionPeer Peer(string region, string cluster) => new() { Region = region, Cluster = cluster, Address = "192.0.2.1", Port = 80 };
}
