using System.Collections.Immutable;
using System.Diagnostics;
using Federation.TestKit.Docker;
using Federation.TestKit.Processes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;

namespace MemberCluster.Agent.Bench;

/// <summary>
/// Creates and starts containers through an agent, through our client, and the same containers (same image, network, logs and limits) by raw API calls with curl, at the
/// same parallelism and on the same engine. Rounds alternate, so that a slow minute of the machine slows all of them.
/// </summary>
internal sealed class StartManyContainers(int count, int parallelism, int rounds)
{
    private const string Label = "federation.bench";

    /// <summary>As an agent makes for its pods: on the engine's default network containers find no names.</summary>
    private const string Network = "fedbench";
    private DockerRuntime _runtime = null!;
    private string _socket = "";
    private BenchAgent? _agent;

    public async Task RunAsync()
    {
        var engine = await DockerEngine.SharedAsync();
        if (DockerEndpoint.Parse(engine.Host) is not DockerEndpoint.Unix unix)
            throw new NotSupportedException("The raw calls need an engine on a unix socket.");
        _socket = unix.Path;
        _runtime = new DockerRuntime(new DockerOptions { Endpoint = unix }, TimeProvider.System);
        await _runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(BusyboxImage.Reference, []), CancellationToken.None);

        await _runtime.Networks.EnsureAsync(new NetworkSpec { Name = Network }, CancellationToken.None);
        (string Name, Func<Task> Start)[] ways = [("the whole agent", StartByAgentAsync), ("our client", StartByClientAsync), ("curl, a process per call", StartByCurlProcessesAsync), ("curl, one process", StartByOneCurlAsync)];
        var times = ways.ToDictionary(way => way.Name, _ => new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, start) in ways)
            {
                var watch = Stopwatch.StartNew();
                await start();
                if (round > 0)   // the first only warms up
                    times[name].Add(watch.Elapsed.TotalSeconds);
                await RemoveAllAsync();
                await EndAgentAsync();
            }
        }

        await _runtime.Networks.RemoveAsync(Network, CancellationToken.None);
        var info = await _runtime.GetInfoAsync(CancellationToken.None);
        Console.WriteLine($"{count} containers, {parallelism} at once, {rounds} rounds, Docker Engine {info.Version} (API {info.ApiVersion}), {info.Cpus} cores\n");
        Console.WriteLine("| way | median s | min s | max s | the agent / it (medians) |\n|---|---|---|---|---|");
        var ours = Median(times[ways[0].Name]);
        foreach (var (name, _) in ways)
        {
            var seen = times[name];
            Console.WriteLine($"| {name} | {Median(seen):0.00} | {seen.Min():0.00} | {seen.Max():0.00} | {ours / Median(seen):0.000} |");
        }
    }

    /// <summary>From the start of an agent that is given a work with so many replicas to its report that all of them are ready: joining and making the network included.</summary>
    private async Task StartByAgentAsync()
    {
        _agent = await BenchAgent.StartAsync(_runtime, "fedbench", [BenchAgent.Work(0, count, Label)]);
        await _agent.UntilReadyAsync(count);
    }

    private async Task EndAgentAsync()
    {
        if (_agent is not null)
            await _agent.DisposeAsync();
        _agent = null;
    }

    private async Task StartByClientAsync()
    {
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = parallelism }, async (index, cancellationToken) =>
        {
            var id = await _runtime.Containers.CreateAsync(
                new ContainerSpec
                {
                    Name = $"fedbench-{index}",
                    Image = BusyboxImage.Reference,
                    Entrypoint = ["/bin/sleep", "3600"],
                    Network = new ContainerNetwork.Named(Network),
                    Labels = ImmutableDictionary<string, string>.Empty.Add(Label, "1"),
                },
                cancellationToken);
            await _runtime.Containers.StartAsync(id, cancellationToken);
        });
    }

    private const string Body = """{"Image":"federation.test/busybox:1","Entrypoint":["/bin/sleep","3600"],"Env":[],"Labels":{"federation.bench":"1"},"HostConfig":{"NetworkMode":"fedbench","LogConfig":{"Type":"json-file","Config":{"max-size":"10485760","max-file":"3"}},"RestartPolicy":{"Name":"no"}}}""";

    private Task StartByCurlProcessesAsync() => ShellAsync($$"""
        seq 0 {{count - 1}} | xargs -P {{parallelism}} -I% sh -c '
          curl -sf -o /dev/null --unix-socket {{_socket}} -H "Content-Type: application/json" -d "$1" "http://d/v1.41/containers/create?name=fedbench-%" &&
          curl -sf -o /dev/null --unix-socket {{_socket}} -X POST "http://d/v1.41/containers/fedbench-%/start"' sh "$1"
        """);

    // Connections are reused; but all are created before the first is started.
    private Task StartByOneCurlAsync() => ShellAsync($$"""
        entry() { printf 'next\nurl = "http://d/v1.41/%s"\nunix-socket = "{{_socket}}"\noutput = "/dev/null"\nsilent\nfail\n' "$1"; }
        for i in $(seq 0 {{count - 1}}); do entry "containers/create?name=fedbench-$i"; printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "$(printf %s "$1" | sed 's/"/\\"/g')"; done |
          sed 1d | curl -Z --parallel-immediate --parallel-max {{parallelism}} -K - &&
        for i in $(seq 0 {{count - 1}}); do entry "containers/fedbench-$i/start"; printf 'request = "POST"\n'; done |
          sed 1d | curl -Z --parallel-immediate --parallel-max {{parallelism}} -K -
        """);

    private async Task ShellAsync(string script)
    {
        var result = await Command.RunAsync("bash", ["-c", script, "bench", Body]);
        var running = await _runtime.Containers.ListAsync(ContainerFilter.ByLabels(Label) with { RunningOnly = true }, CancellationToken.None);
        if (result.ExitCode != 0 || running.Length != count)
            throw new InvalidOperationException($"The raw calls started {running.Length} of {count}: {result}");
    }

    private async Task RemoveAllAsync()
    {
        if (_agent is not null)
        {
            await _agent.RemoveAllAsync();
            return;
        }

        var all = await _runtime.Containers.ListAsync(ContainerFilter.ByLabels(Label), CancellationToken.None);
        await Parallel.ForEachAsync(all, async (row, cancellationToken) => await _runtime.Containers.RemoveAsync(row.Id, force: true, cancellationToken));
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
