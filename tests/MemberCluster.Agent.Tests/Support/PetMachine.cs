using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.TestKit.Time;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A machine with a fake engine and a fake watchdog, that outlive its node agents. After every step of the clock: no pet lives twice, and none without permission.</summary>
internal sealed class PetMachine : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly QuietContext _quiet = new();
    private readonly MemoryDirectory _runtime = new();
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("pet-test");
    private NodeAgent? _agent;
    private CancellationTokenSource? _stop;
    private int _agents;

    /// <param name="engine">What the engine is; null: one with room.</param>
    public PetMachine(FakeEngineOptions? engine = null)
    {
        Engine = new FakeEngine(Time, engine);
        Engine.AddImage(TestWorks.Image);
        Engine.AddImage("web:2");
        NewWatchdog();
    }

    public ManualTimeProvider Time { get; } = new();
    public FakeEngine Engine { get; }
    public FakeWatchdog Watchdog { get; private set; } = null!;
    public FakeControlPlane ControlPlane { get; } = new() { FenceSeconds = 10 };
    public bool HasWatchdog { get; set; } = true;
    public bool AllowUnguarded { get; set; }

    /// <summary>The directory for snapshots that the next agent is given; null: none.</summary>
    public string? Snapshots { get; set; }
    public Task Running { get; private set; } = Task.CompletedTask;
    /// <summary>A directory for what a test needs beside the agent's own.</summary>
    public string NewDirectory(string name) => Directory.CreateDirectory(Path.Combine(_data.FullName, name)).FullName;

    public string Data => Path.Combine(_data.FullName, "data");

    /// <summary>When a pet may still run, as an observer at the control plane counts it; null: nobody counts.</summary>
    public DateTimeOffset? Permitted { get; set; }

    public ImmutableArray<Container> Containers => [.. Engine.Snapshot().Reverse()];

    public ImmutableArray<Container> Alive => [.. Containers.Where(container => container.State is ContainerState.Running or ContainerState.Paused)];

    /// <summary>What a machine restart, or somebody's hand, takes from the runtime directory.</summary>
    public void NewWatchdog() => Watchdog = new FakeWatchdog(Engine, Time);

    public void Start()
    {
        _stop = new CancellationTokenSource();
        var name = $"agent-{++_agents}";
        var uids = 0;
        var options = new AgentOptions
        {
            Cluster = "us-east-1",
            Region = "us-east",
            Node = "fake",
            Addresses = [IPAddress.Loopback],
            Data = Data,
            RuntimeDirectory = _runtime.Path,
            JoinToken = "token",
            AllowUnguardedPets = AllowUnguarded,
            Snapshots = Snapshots,
        };
        var agent = _agent = new NodeAgent(options, new AgentParts
        {
            Runtime = Engine.Connect(),
            ControlPlane = ControlPlane,
            Loggers = NullLoggerFactory.Instance,
            Time = Time,
            Random = new Random(1),
            NewUid = () => $"{name}-{Interlocked.Increment(ref uids)}",
            Prober = new FakeProber(),
            Watchdog = HasWatchdog ? _ => Watchdog : null,
        });
        var stopping = _stop.Token;
        Running = _quiet.Run(() => agent.RunAsync(stopping));
    }

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

    /// <summary>As kill -9 does.</summary>
    public async Task KillAsync()
    {
        var wasCut = ControlPlane.IsCut;
        ControlPlane.IsCut = true;
        await StopAsync();
        ControlPlane.IsCut = wasCut;
    }

    public void LoseData() => Directory.Delete(Data, recursive: true);

    public async Task UntilAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Deadline)
                throw new TimeoutException($"Waited in vain: {what}. {Describe()}");
            if (Running.IsFaulted)
                await Running;
            if (await _quiet.SettleAsync(condition))
                return;
            Time.Advance(TimeSpan.FromMilliseconds(20));
            Check();
        }
    }

    public async Task PassAsync(TimeSpan time)
    {
        var until = Time.GetTimestamp() + time.Ticks;
        await UntilAsync(() => Time.GetTimestamp() >= until, $"{time} pass");
    }

    public WorkStatus? Status => ControlPlane.StatusOf("uid-db");

    public WorkPetStatus? Pet(int ordinal) => Status?.Pets.FirstOrDefault(pet => pet.Ordinal == ordinal);

    public Task UntilReadyAsync(params int[] ordinals) =>
        UntilAsync(() => ordinals.All(ordinal => Pet(ordinal)?.Phase == WorkPetPhase.Ready) && Alive.Length == ordinals.Length, $"{string.Join(',', ordinals)} are ready");

    public Container Of(int ordinal) => Alive.Single(container => container.Labels[PodLabels.Ordinal] == $"{ordinal}");

    public static Work Pets(params WorkPet[] run) => TestWorks.Web(0, "uid-db") with
    {
        Kind = "PetSet",
        Mode = WorkMode.Pets,
        Pets = new WorkPets { Run = run },
    };

    public static WorkPet Pet(int ordinal, long epoch = 1, string hash = "hash-1") => new() { Ordinal = ordinal, Epoch = epoch, TemplateHash = hash };

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Watchdog.Dispose();
        _data.Delete(recursive: true);
        _runtime.Dispose();
    }

    private void Check()
    {
        var alive = Alive;
        foreach (var twice in alive.GroupBy(container => (container.Labels[PodLabels.Uid], container.Labels[PodLabels.Ordinal])).Where(group => group.Count() > 1))
            throw new InvalidOperationException($"Pet {twice.Key} lives twice. {Describe()}");
        if (Permitted is { } until && Time.GetTimestamp() > until.Ticks && alive.Any(container => container.Labels.ContainsKey(PodLabels.Fenced)))
            throw new InvalidOperationException($"A pet lives without permission. {Describe()}");
        var status = Status;
        foreach (var container in alive.Where(container => status is { Revision: > 0 } && container.Labels[PodLabels.Uid] == status.Uid && status.Pets.All(pet => $"{pet.Ordinal}" != container.Labels[PodLabels.Ordinal])))
        {
            if (long.Parse(container.Labels[PodLabels.Revision], System.Globalization.CultureInfo.InvariantCulture) <= status!.Revision)
                throw new InvalidOperationException($"{container.Name} runs, and the status does not name it. {Describe()}");
        }
    }

    private string Describe() =>
        $"Containers: {string.Join(", ", Containers.Select(container => $"{container.Name} {container.State}"))}. Status: {Status} {string.Join("; ", Status?.Pets ?? [])}. Watchdog: {Watchdog.Read()}. {Running.Exception}";
}
