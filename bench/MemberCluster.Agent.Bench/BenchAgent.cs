using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.TestKit.Docker;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Bench;

/// <summary>An agent in this process, with a control plane that gives it works.</summary>
internal sealed class BenchAgent : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agent-bench");
    private readonly CancellationTokenSource _stop = new();
    private readonly NodeAgent _agent;
    private readonly Task _running;

    private BenchAgent(IContainerRuntime runtime, string cluster, IReadOnlyList<Work> works)
    {
        ControlPlane = new BenchControlPlane(works);
        var options = new AgentOptions { Cluster = cluster, Region = "bench", Data = _data.FullName, JoinToken = "token", RuntimeDirectory = Path.Combine(_data.FullName, "run") };
        _agent = new NodeAgent(options, new AgentParts { Runtime = runtime, ControlPlane = ControlPlane, Loggers = NullLoggerFactory.Instance });
        _running = _agent.RunAsync(_stop.Token);
    }

    public BenchControlPlane ControlPlane { get; }

    public static Task<BenchAgent> StartAsync(IContainerRuntime runtime, string cluster, IReadOnlyList<Work> works) => Task.FromResult(new BenchAgent(runtime, cluster, works));

    /// <param name="number">Of the work.</param>
    /// <param name="replicas">How many pods.</param>
    /// <param name="name">Part of its name.</param>
    /// <param name="probe">Of readiness and of liveness; null: none.</param>
    public static Work Work(int number, int replicas, string name, Probe? probe = null) => new()
    {
        Uid = $"uid-{number}",
        Kind = "App",
        Namespace = "bench",
        Name = $"{name.Replace('.', '-')}-{number}",
        Revision = 2,
        Replicas = replicas,
        TemplateHash = "hash",
        Template = new PodTemplate
        {
            Spec = new PodSpec
            {
                TerminationGracePeriodSeconds = 0,
                Containers = [new ContainerSpec { Name = "main", Image = BusyboxImage.Reference, Command = ["/bin/sleep", "3600"], ReadinessProbe = probe, LivenessProbe = probe }],
            },
        },
    };

    public Task UntilReadyAsync(int pods) =>
        Eventually.TrueAsync(() => ControlPlane.Ready >= pods, $"{pods} ready pods", Patience, () => $"{ControlPlane.Ready} {_running.Exception}");

    public async Task RemoveAllAsync()
    {
        ControlPlane.RemoveAll();
        await Eventually.TrueAsync(() => ControlPlane.AreGone, "nothing left", Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _agent.DisposeAsync();
        _stop.Dispose();
        _data.Delete(recursive: true);
    }
}
