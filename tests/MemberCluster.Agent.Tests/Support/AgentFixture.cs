using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Federation.TestKit.Time;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A fake engine, a fake control plane, a clock of the test's own, and an agent between them that can be killed and started again.</summary>
internal sealed class AgentFixture : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly QuietContext _quiet = new();
    private readonly MemoryDirectory _runtime = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agent-test");
    private AgentProcess? _agent;
    private CancellationTokenSource? _stop;
    private int _agents;

    public AgentFixture(FakeControlPlane? controlPlane = null)
    {
        Engine = new FakeEngine(Time);
        Engine.AddImage(TestWorks.Image);
        Engine.AddImage("web:2");
        ControlPlane = controlPlane ?? new FakeControlPlane();
        Options = new AgentOptions
        {
            Cluster = "us-east-1",
            Region = "us-east",
            Node = "fake",
            Addresses = [IPAddress.Loopback],
            Data = Path.Combine(_data.FullName, "data"),
            RuntimeDirectory = _runtime.Path,
            JoinToken = "token",
        };
    }

    public ManualTimeProvider Time { get; } = new();
    public FakeEngine Engine { get; }
    public FakeControlPlane ControlPlane { get; }
    public AgentOptions Options { get; set; }
    public FakeProber Prober { get; } = new();
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Runs in the agent's loop, in the middle of a plan.</summary>
    public Action? BeforeNewUid { get; set; }

    /// <summary>The engine's containers, oldest first.</summary>
    public ImmutableArray<Container> Containers => [.. Engine.Snapshot().Reverse()];

    public ImmutableArray<string> RunningIds => [.. Containers.Where(container => container.State == ContainerState.Running).Select(container => container.Id).Order()];

    public void Start(IContainerRuntime? runtime = null)
    {
        _stop = new CancellationTokenSource();
        var name = $"agent-{++_agents}";
        var uids = 0;
        var agent = _agent = new AgentProcess(Options, new AgentParts
        {
            Runtime = runtime ?? Engine.Connect(),
            ControlPlane = ControlPlane,
            Loggers = NullLoggerFactory.Instance,
            Time = Time,
            Random = new Random(1),
            NewUid = () =>
            {
                BeforeNewUid?.Invoke();
                return $"{name}-{Interlocked.Increment(ref uids)}";
            },
            Prober = Prober,
        });
        var stopping = _stop.Token;
        Running = _quiet.Run(() => agent.RunAsync(stopping));
    }

    /// <summary>As kill -9 does: nothing is said to anybody.</summary>
    public async Task KillAsync()
    {
        ControlPlane.IsCut = true;
        await StopAsync();
        ControlPlane.IsCut = false;
    }

    /// <summary>As SIGTERM does.</summary>
    public async Task StopAsync()
    {
        if (_agent is null)
            return;
        await _stop!.CancelAsync();
        await UntilAsync(() => Running.IsCompleted, "the agent ends");
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _agent.DisposeAsync();
        _stop.Dispose();
        _agent = null;
    }

    public IReadOnlyList<string> SecretFiles => _runtime.Files;

    /// <summary>What a restart of the machine takes from its memory.</summary>
    public void LoseMemory() => _runtime.Lose();

    public void LoseData() => Directory.Delete(Options.Data, recursive: true);

    /// <summary>Lets the clock run until the condition holds; it moves when nobody has anything to do.</summary>
    public async Task UntilAsync(Func<bool> condition, string what, TimeSpan? step = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Deadline)
                throw new TimeoutException($"Waited in vain: {what}. Containers: {string.Join(", ", Containers.Select(container => $"{container.Name} {container.State}"))}. Reported: {Describe()}");
            if (Running.IsFaulted)
                await Running;
            if (await _quiet.SettleAsync(condition))
                return;
            Time.Advance(step ?? TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Lets the clock run for a while, as a test that nothing happens must.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var until = Time.GetUtcNow() + time;
        await UntilAsync(() => Time.GetUtcNow() >= until, $"{time} pass", time / 50 > TimeSpan.FromMilliseconds(50) ? TimeSpan.FromMilliseconds(50) : time / 50);
    }

    public Task UntilReadyAsync(int replicas, string uid = "uid-web") =>
        UntilAsync(() => ControlPlane.StatusOf(uid) is { } status && status.Ready == replicas && status.Running == replicas && status.Updated == replicas, $"{replicas} ready pods of {uid}");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _data.Delete(recursive: true);
        _runtime.Dispose();
    }

    private string Describe() => string.Join("; ", ControlPlane.Reports.TakeLast(1).SelectMany(report => report.Works).Select(work => work.ToString()));
}

/// <summary>Answers probes as the test says.</summary>
internal sealed class FakeProber : IProber
{
    /// <summary>By container id and probe; default: success.</summary>
    public Func<ProbeTarget, Federation.Api.Apps.Probe, bool> Answer { get; set; } = (_, _) => true;

    public int Count;

    public Task<ProbeResult> ProbeAsync(ProbeTarget target, Federation.Api.Apps.Probe probe, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Count);
        return Task.FromResult(Answer(target, probe) ? ProbeResult.Success : ProbeResult.Failure("no"));
    }
}
