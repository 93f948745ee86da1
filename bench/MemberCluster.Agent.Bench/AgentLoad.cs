using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.Api.Apps;
using Federation.TestKit.Docker;
using MemberCluster.Agent.Runtime.Fake;

namespace MemberCluster.Agent.Bench;

/// <summary>What an agent itself costs, on the fake engine, which takes no time and runs in the same process: many pods at once, and few pods at rest.</summary>
internal sealed class AgentLoad(int pods, int idlePods, TimeSpan idle)
{
    private const int PodsPerWork = 10;

    public async Task RunAsync()
    {
        Console.WriteLine("| what | |\n|---|---|");
        var before = Memory();
        await StartAsync(before);
        await RestAsync(before);
    }

    private async Task StartAsync(long before)
    {
        await using var runtime = NewEngine(listens: false).Connect();
        var watch = Stopwatch.StartNew();
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        await using var agent = await BenchAgent.StartAsync(runtime, "many", Works(pods, probe: null));
        await agent.UntilReadyAsync(pods);
        var took = watch.Elapsed;
        var used = Process.GetCurrentProcess().TotalProcessorTime - processor;
        Console.WriteLine($"| {pods} pods of {pods / PodsPerWork} works: until all are reported ready | {took.TotalSeconds:0.00} s, {used.TotalSeconds:0.00} s of processor time |");
        Console.WriteLine($"| memory they take, engine included | {(Memory() - before) >> 20} MiB live |");
    }

    private async Task RestAsync(long before)
    {
        await using var runtime = NewEngine(listens: true).Connect();
        var probe = new Probe { TcpSocket = new TcpSocketAction { Port = 8080 }, PeriodSeconds = 10 };
        await using var agent = await BenchAgent.StartAsync(runtime, "few", Works(idlePods, probe));
        await agent.UntilReadyAsync(idlePods);
        // Past the eager first seconds of the probes.
        await Task.Delay(TimeSpan.FromSeconds(12), TimeProvider.System);
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var reports = agent.ControlPlane.Reports;
        await Task.Delay(idle, TimeProvider.System);
        var used = Process.GetCurrentProcess().TotalProcessorTime - processor;
        Console.WriteLine(
            $"| {idlePods} pods with TCP readiness and liveness probes every 10 s, at rest for {idle.TotalSeconds:0} s | {used / idle * 100:0.00} % of one processor, {agent.ControlPlane.Reports - reports} reports |");
        Console.WriteLine($"| memory then, engine included | {(Memory() - before) >> 20} MiB live, {Environment.WorkingSet >> 20} MiB resident |");
    }

    private static List<Federation.Api.Agents.Work> Works(int pods, Probe? probe) =>
        [.. Enumerable.Range(0, pods / PodsPerWork).Select(number => BenchAgent.Work(number, PodsPerWork, "bench", probe))];

    private static FakeEngine NewEngine(bool listens)
    {
        var engine = new FakeEngine(TimeProvider.System, new FakeEngineOptions { AddressOctet = listens ? (byte)121 : (byte)120 });
        engine.AddImage(BusyboxImage.Reference, listens ? new FakeProgram { Listen = container => new Listening(container.IpAddress!) } : null);
        return engine;
    }

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>Takes connections, so that probes pass.</summary>
    private sealed class Listening : IAsyncDisposable
    {
        private readonly TcpListener _listener;

        public Listening(string address)
        {
            _listener = new TcpListener(IPAddress.Parse(address), 8080);
            _listener.Start();
            _ = AcceptAsync();
        }

        public ValueTask DisposeAsync()
        {
            _listener.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                    (await _listener.AcceptTcpClientAsync()).Dispose();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The container ended.
            }
        }
    }
}
