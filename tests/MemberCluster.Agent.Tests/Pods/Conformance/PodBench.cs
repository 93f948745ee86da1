using System.Collections.Concurrent;
using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Pods.Conformance;

/// <summary>One agent on one engine, and all cases on it, some at a time. Each test asks for its case's result.</summary>
internal sealed class PodBench : IAsyncDisposable
{
    private static readonly TimeSpan CleanUpDeadline = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("pod-cases");
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task> _results = new();
    private readonly List<PodEviction> _evictions = [];
    private readonly NodeAgent _agent;
    private readonly Task _running;

    private PodBench(IContainerRuntime runtime)
    {
        Runtime = runtime;
        Cluster = $"pods-{Guid.NewGuid():N}"[..13];
        Data = _files.CreateSubdirectory("data").FullName;
        Shared = _files.CreateSubdirectory("shared").FullName;
        var options = new AgentOptions
        {
            Cluster = Cluster,
            Region = "us-east",
            Addresses = [IPAddress.Loopback],
            Data = Data,
            JoinToken = "token",
            AllowHostPaths = [Shared],
            AllowUnguardedPets = true,
        };
        _agent = new NodeAgent(options, new AgentParts { Runtime = runtime, ControlPlane = ControlPlane, Loggers = NullLoggerFactory.Instance });
        _running = _agent.RunAsync(_stop.Token);
    }

    public IContainerRuntime Runtime { get; }

    public string Cluster { get; }

    public FakeControlPlane ControlPlane { get; } = new() { FenceSeconds = 120 };

    /// <summary>The agent's data directory.</summary>
    public string Data { get; }

    /// <summary>A directory of the machine that pods may mount from.</summary>
    public string Shared { get; }

    /// <summary>A directory beside it that they may not.</summary>
    public string Private => _files.FullName;

    public static Task<PodBench> StartAsync(IContainerRuntime runtime, IReadOnlyDictionary<string, Func<PodTrial, Task>> cases, int atOnce)
    {
        var bench = new PodBench(runtime);
        var room = new SemaphoreSlim(atOnce);
        foreach (var (name, run) in cases)
            bench._results[name] = bench.RunAsync(name, run, room);
        return Task.FromResult(bench);
    }

    /// <summary>Of one case, beside those of others.</summary>
    public void Evict(PodEviction eviction)
    {
        lock (_evictions)
        {
            _evictions.Add(eviction);
            ControlPlane.Evict([.. _evictions]);
        }
    }

    public Task ResultOf(string name) => _results[name];

    public string Describe() => _running.Exception?.ToString() ?? "";

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_results.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _agent.DisposeAsync();
        var refused = "nothing";
        await Eventually.TrueAsync(async () => (refused = await RemoveAllAsync()) is "", "nothing is left on the engine", CleanUpDeadline, () => $"the engine refused: {refused}");
        await Runtime.DisposeAsync();
        _stop.Dispose();
        _files.Delete(recursive: true);
    }

    /// <summary>What the engine refused, which is still at something of it: a watchdog may be ending the same containers.</summary>
    private async Task<string> RemoveAllAsync()
    {
        var own = ContainerFilter.ByLabels($"{PodLabels.Cluster}={Cluster}");
        try
        {
            var containers = await Runtime.Containers.ListAsync(own, CancellationToken.None);
            await Task.WhenAll(containers.Select(container => Runtime.Containers.RemoveAsync(container.Id, force: true, CancellationToken.None)));
            foreach (var volume in await Runtime.Volumes.ListAsync(own.Labels, CancellationToken.None))
                await Runtime.Volumes.RemoveAsync(volume.Name, CancellationToken.None);
            await Runtime.Networks.RemoveAsync($"federation-{Cluster}", CancellationToken.None);
            return "";
        }
        catch (RuntimeException refused)
        {
            return refused.Message;
        }
    }

    private async Task RunAsync(string name, Func<PodTrial, Task> run, SemaphoreSlim room)
    {
        await room.WaitAsync();
        await using var trial = new PodTrial(this, name);
        try
        {
            await run(trial);
        }
        finally
        {
            room.Release();
        }
    }
}
