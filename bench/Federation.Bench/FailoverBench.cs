using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.Api.Apps;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.Bench;

/// <summary>Kills pods and regions of a real three-region federation, and times what follows, asking DNS and HTTP every 10 ms.</summary>
internal static class FailoverBench
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(int rounds)
    {
        var watch = Stopwatch.StartNew();
        await using var federation = await LocalFederation.UpAsync();
        Console.WriteLine($"fed up, built: {watch.Elapsed.TotalSeconds:0.0} s until six pods are ready in three regions\n");
        Figures.PrintHeader();
        await PodDeathsAsync(federation, rounds);
        await RegionDeathsAsync(federation, Math.Max(1, rounds / 5));
        await ScaleAsync(federation);
    }

    /// <summary>Pods alone: from the death of a region's last one until DNS has withdrawn it, and until it is back.</summary>
    public static async Task RunPodsAsync(int rounds)
    {
        await using var federation = await LocalFederation.UpAsync();
        Figures.PrintHeader();
        await PodDeathsAsync(federation, rounds);
    }

    private static async Task PodDeathsAsync(LocalFederation federation, int rounds)
    {
        Figures withdrawn = new("last pod of a region killed: DNS withdrawn"), answers = new("... its replacement answers HTTP"), restored = new("... DNS has the region again");
        for (var round = 0; round < rounds; round++)
        {
            // New pods each time: a pod that crashed before waits before it starts again.
            await federation.ScaleAsync(0);
            await federation.ConvergedAsync("web", 0);
            await federation.ScaleAsync(3);
            await federation.ConvergedAsync("web", 3);
            await federation.AnsweredAsync(LocalFederation.RegionNames);
            var region = LocalFederation.RegionNames[round % 3];
            var victim = (await Eventually.ReadAsync(() => federation.ContainersAsync(region), containers => containers.Count == 1, "one container is left"))[0];
            var watch = Stopwatch.StartNew();
            var isWithdrawn = DnsAsync(federation, region, isIn: false, watch);
            await federation.KillAsync(victim);
            // Whatever answers from here on is the replacement.
            var isAnswering = HttpAsync(federation, region, watch);
            withdrawn.Add(await isWithdrawn);
            answers.Add(await isAnswering);
            restored.Add(await DnsAsync(federation, region, isIn: true, watch));
        }

        withdrawn.Print();
        answers.Print();
        restored.Print();
    }

    private static async Task RegionDeathsAsync(LocalFederation federation, int rounds)
    {
        Figures withdrawn = new("region killed (agent -9, containers): DNS withdrawn"), moved = new("... its share is ready elsewhere"), back = new("region started again: share and DNS back");
        await federation.ScaleAsync(6);
        for (var round = 0; round < rounds; round++)
        {
            await federation.ConvergedAsync("web", 6);
            await federation.AnsweredAsync(LocalFederation.RegionNames);
            var region = LocalFederation.RegionNames[round % 3];
            var containers = await federation.ContainersAsync(region);
            var watch = Stopwatch.StartNew();
            await federation.SignalAsync($"agent-{region}", "KILL");
            await federation.DockerAsync(["rm", "-f", .. containers]);
            withdrawn.Add(await DnsAsync(federation, region, isIn: false, watch));
            await Eventually.ReadAsync(() => federation.AppAsync(), app => Elsewhere(app, region) == 6, "the share is ready elsewhere", Patience);
            moved.Add(watch.Elapsed);
            watch.Restart();
            await federation.ResumeAsync();
            await federation.ConvergedAsync("web", 6);
            await federation.AnsweredAsync(LocalFederation.RegionNames);
            back.Add(watch.Elapsed);
        }

        withdrawn.Print();
        moved.Print();
        back.Print();
    }

    private static async Task ScaleAsync(LocalFederation federation)
    {
        foreach (var (from, to) in ((int, int)[])[(6, 12), (12, 60), (60, 2)])
        {
            var scaled = new Figures($"scale {from} -> {to}: converged");
            await federation.ConvergedAsync("web", from);
            var watch = Stopwatch.StartNew();
            await federation.ScaleAsync(to);
            await federation.ConvergedAsync("web", to, TimeSpan.FromMinutes(3));
            scaled.Add(watch.Elapsed);
            scaled.Print();
        }
    }

    private static int Elsewhere(App app, string region) => app.Status.Clusters.Where(share => share.Cluster != region).Sum(share => share.Ready);

    private static async Task<TimeSpan> DnsAsync(LocalFederation federation, string region, bool isIn, Stopwatch watch)
    {
        while (watch.Elapsed < Patience)
        {
            if (await federation.Probe.AddressesAsync(LocalFederation.SampleName) is { } addresses && addresses.Contains(federation.Regions[region]) == isIn)
                return watch.Elapsed;
            await Task.Delay(Interval, TimeProvider.System);
        }

        throw new TimeoutException($"DNS did not {(isIn ? "get" : "lose")} {region}.");
    }

    private static async Task<TimeSpan> HttpAsync(LocalFederation federation, string region, Stopwatch watch)
    {
        using var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero, ConnectTimeout = TimeSpan.FromMilliseconds(500) };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(1) };
        while (watch.Elapsed < Patience)
        {
            if (await AnswersAsync(http, federation.Regions[region]))
                return watch.Elapsed;
            await Task.Delay(Interval, TimeProvider.System);
        }

        throw new TimeoutException($"{region} did not answer.");
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string address)
    {
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{address}:{LocalFederation.SamplePort}/"));
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException or SocketException)
        {
            return false;
        }
    }
}
