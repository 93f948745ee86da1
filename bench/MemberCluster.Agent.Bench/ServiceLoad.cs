using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.TestKit.Machines;
using MemberCluster.Agent.PlaneHost;

namespace MemberCluster.Agent.Bench;

/// <summary>
/// Connections from one machine to a pod of another: straight to the pod, through the kernel's rules and through the proxy. Rounds alternate, so that a slow minute of the
/// machine slows all of them. Client, node and pod are network namespaces of one machine, and share its processors.
/// </summary>
internal sealed class ServiceLoad(int rounds, TimeSpan duration)
{
    private const int Workers = 32;
    private const int Streams = 4;
    private const int PodPort = 8080;
    private const int ServicePort = 80;
    private static readonly string[] Ways = ["direct", "nftables", "proxy"];

    private ServiceLab _lab = null!;

    public async Task RunAsync()
    {
        await using var lab = _lab = await ServiceLab.CreateAsync();
        await lab.MustRunAsync("client", "ip", "route", "add", "10.88.0.0/24", "via", ServiceLab.Node);
        // Thousands of short connections to one address: a port whose connection has ended is taken again.
        await lab.MustRunAsync("client", "sysctl", "-qw", "net.ipv4.ip_local_port_range=1024 65535", "net.ipv4.tcp_tw_reuse=1");
        using var pod = new BenchPod(lab.NewSocket("a", AddressFamily.InterNetwork, SocketType.Stream), PodPort);
        var many = Ways.ToDictionary(way => way, _ => new List<Load>());
        var single = Ways.ToDictionary(way => way, _ => new List<Load>());
        var long_ = Ways.ToDictionary(way => way, _ => new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var way in Ways)
            {
                await using var plane = await ServeAsync(way);
                var one = await ConnectAsync(AddressOf(way), workers: 1, duration, CancellationToken.None);
                var connections = await ConnectAsync(AddressOf(way), Workers, duration, CancellationToken.None);
                var throughput = await StreamAsync(AddressOf(way));
                if (round == 0)
                    continue;   // the first only warms up
                many[way].Add(connections);
                single[way].Add(one);
                long_[way].Add(throughput);
            }
        }

        Console.WriteLine($"{rounds} rounds of {duration.TotalSeconds:0} s, medians; {Environment.ProcessorCount} cores for client, node and pod together\n");
        Console.WriteLine($"| way | one at a time: to the first byte, p50 ms | p99 ms | added to direct, p50 ms | {Workers} at once: connections/s | p99 ms | failed | {Streams} streams, MB/s |\n|---|---|---|---|---|---|---|---|");
        var straight = Median(single["direct"].Select(load => load.P50));
        foreach (var way in Ways)
        {
            var (alone, loads) = (single[way], many[way]);
            Console.WriteLine(
                $"| {way} | {Median(alone.Select(load => load.P50)):0.00} | {Median(alone.Select(load => load.P99)):0.00} | {Median(alone.Select(load => load.P50)) - straight:0.00} | "
                + $"{Median(loads.Select(load => load.PerSecond)):0} | {Median(loads.Select(load => load.P99)):0.00} | {loads.Concat(alone).Sum(load => load.Failed)} | {Median(long_[way]):0} |");
        }

        Console.WriteLine("\nkill -9 of the agent under the same load; the next one starts after a second\n");
        Console.WriteLine("| plane | served | failed | open connections cut, of 50 |\n|---|---|---|---|");
        foreach (var way in Ways[1..])
            await KillAsync(way);
    }

    private static string AddressOf(string way) => way == "direct" ? $"{ServiceLab.AddressOf("a")}:{PodPort}" : $"{ServiceLab.Node}:{ServicePort}";

    private static HostWork Work() => new("web", [new HostEndpoint
    {
        Listen = $"{ServiceLab.Node}:{ServicePort}",
        Own = new Dictionary<string, string> { ["a"] = $"{ServiceLab.AddressOf("a")}:{PodPort}" },
    }]);

    private async Task<PlaneProcess?> ServeAsync(string way)
    {
        if (way == "direct")
            return null;
        var plane = await PlaneProcess.StartAsync(_lab, "node", way, "federation/bench/node");
        await plane.TellAsync(Work());
        return plane;
    }

    /// <summary>Whoever comes after must find no rules of the kernel's.</summary>
    private Task ClearAsync() => _lab.MustRunAsync("node", "nft", "flush", "ruleset");

    private async Task<Load> ConnectAsync(string address, int workers, TimeSpan time, CancellationToken cancellationToken)
    {
        var target = IPEndPoint.Parse(address);
        var latencies = new ConcurrentBag<double>();
        var failed = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => OnThreadAsync(() =>
        {
            var buffer = new byte[1];
            _lab.Enter("client", () =>
            {
                while (watch.Elapsed < time && !cancellationToken.IsCancellationRequested)
                {
                    var start = Stopwatch.GetTimestamp();
                    try
                    {
                        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 5000, SendTimeout = 5000 };
                        socket.Connect(target);
                        socket.Send("?"u8);
                        if (socket.Receive(buffer) != 1)
                            throw new SocketException((int)SocketError.ConnectionReset);
                        latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    }
                    catch (SocketException)
                    {
                        Interlocked.Increment(ref failed);
                    }
                }
            });
        })));
        var sorted = latencies.Order().ToList();
        return new Load(sorted.Count, sorted.Count / watch.Elapsed.TotalSeconds, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)], failed);
    }

    /// <summary>Megabytes per second that come back from the pod.</summary>
    private async Task<double> StreamAsync(string address)
    {
        var target = IPEndPoint.Parse(address);
        long bytes = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Streams).Select(_ => OnThreadAsync(() => _lab.Enter("client", () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(target);
            socket.Send("*"u8);
            var buffer = new byte[256 * 1024];
            while (watch.Elapsed < duration)
                Interlocked.Add(ref bytes, socket.Receive(buffer));
        }))));
        return bytes / 1e6 / watch.Elapsed.TotalSeconds;
    }

    private async Task KillAsync(string way)
    {
        await ClearAsync();
        var plane = await ServeAsync(way) ?? throw new InvalidOperationException("There is no agent to kill.");
        var target = IPEndPoint.Parse(AddressOf(way));
        var open = new List<Socket>();
        for (var count = 0; count < 50; count++)
        {
            open.Add(_lab.NewSocket("client", AddressFamily.InterNetwork, SocketType.Stream));
            await open[^1].ConnectAsync(target);
        }

        var load = ConnectAsync(AddressOf(way), Workers, TimeSpan.FromSeconds(6), CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        await plane.KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await using var next = await ServeAsync(way);
        var seen = await load;
        var cut = 0;
        foreach (var socket in open)
        {
            cut += await AnswersAsync(socket) ? 0 : 1;
            socket.Dispose();
        }

        Console.WriteLine($"| {way} | {seen.Served} | {seen.Failed} | {cut} |");
        await plane.DisposeAsync();
    }

    private static async Task<bool> AnswersAsync(Socket socket)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await socket.SendAsync("?"u8.ToArray(), SocketFlags.None, limit.Token);
            return await socket.ReceiveAsync(new byte[1], SocketFlags.None, limit.Token) == 1;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Not in the pool: the pod in this process needs its threads.</summary>
    private static Task OnThreadAsync(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private sealed record Load(int Served, double PerSecond, double P50, double P99, int Failed);
}
