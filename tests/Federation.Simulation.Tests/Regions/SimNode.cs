using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Network;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Probes;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Simulation.Tests.Regions;

/// <summary>One machine: an engine that outlives its agent, and the real node agent.</summary>
internal sealed class SimNode
{
    public const int Cores = 4;
    private static readonly FakeProgram Program = new() { StopsAfter = TimeSpan.FromMilliseconds(300) };
    private readonly World _world;
    private readonly SimCluster _cluster;
    private int _uids;
    private int _engines;

    public SimNode(World world, SimCluster cluster, string name)
    {
        (_world, _cluster, Name, Clock) = (world, cluster, name, new MachineClock(world.Time));
        Engine = MakeEngine();
        Watchdog = new FakeWatchdog(Engine, new ProcessClock(Clock));
    }

    public static IReadOnlyList<string> Images { get; } = ["app:1", "app:2", "app:3"];

    public string Name { get; }

    /// <summary>The agent's name in the network.</summary>
    public string Agent => $"{_cluster.Name}/{Name}";

    public FakeEngine Engine { get; private set; }

    /// <summary>The process beside the agent; it outlives it, and not the machine.</summary>
    public FakeWatchdog Watchdog { get; private set; }

    /// <summary>Null: the agent is down.</summary>
    public Life? Life { get; private set; }

    /// <summary>Its agent dies when so many more steps are asked of the engine, before the last one is taken; 0: it does not.</summary>
    public int DiesAtStep { get; set; }

    public MachineClock Clock { get; }

    /// <summary>A person wants it to run nothing.</summary>
    public bool IsDrained { get; set; }

    /// <summary>The machine is off.</summary>
    public bool IsOff { get; private set; }

    private string Data => Path.Combine(_world.Directory, _cluster.Name, Name);

    public void Start()
    {
        IsOff = false;
        var life = Life = new Life(_world, Agent, new ProcessClock(Clock));
        _world.Trace.Add($"{Agent} starts");
        var options = new AgentOptions
        {
            Cluster = _cluster.Name,
            Region = $"region-{_cluster.Name}",
            Roles = AgentRoles.Node,
            Node = Name,
            Data = Data,
            RuntimeDirectory = Path.Combine(_world.Directory, _cluster.Name, "run"),
        };
        _ = life.Start(async () =>
        {
            try
            {
                await new NodeAgent(options, new AgentParts
                {
                    Runtime = new SimRuntime(_world, _cluster, this, life),
                    ControlPlane = new SimNodeLink(_world, _cluster, Federation.Api.Nodes.NodeNames.Of(_cluster.Name, Name), life),
                    Loggers = NullLoggerFactory.Instance,
                    Time = life.Clock,
                    Random = new Random(_world.Random.Next()),
                    NewUid = () => $"{_cluster.Name}-{Name}-{++_uids}",
                    Joining = new Joined(),
                    HasSuccessor = () => true,
                    Prober = new Healthy(),
                    Watchdog = _ => Watchdog,
                }).RunAsync(CancellationToken.None);
            }
            catch (Exception exception)
            {
                _world.Checks.Fail("AgentEnded", $"{Agent}: {exception}");
            }
        });
    }

    /// <summary>As kill -9. Its containers go on.</summary>
    public void Kill()
    {
        if (Life is { } life)
        {
            _world.Trace.Add($"{Agent} dies");
            life.Kill();
        }

        Life = null;
    }

    /// <summary>The engine is asked for a step.</summary>
    public void Asked()
    {
        if (DiesAtStep > 0 && --DiesAtStep == 0)
            Kill();
    }

    /// <summary>The power fails: agent and containers end.</summary>
    public void PowerOff()
    {
        Kill();
        IsOff = true;
        Engine.CrashAll();
        Watchdog.Dispose();
        Watchdog = new FakeWatchdog(Engine, new ProcessClock(Clock));
    }

    /// <summary>Nothing is left of the machine but its name: another one takes its place when it starts again.</summary>
    public void Burn()
    {
        PowerOff();
        LoseData();
        _engines++;
        Engine = MakeEngine();
        Watchdog = new FakeWatchdog(Engine, new ProcessClock(Clock));
    }

    public void LoseData()
    {
        if (Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
        _world.Trace.Add($"{Agent} loses its disk");
    }

    private FakeEngine MakeEngine()
    {
        var name = _engines == 0 ? $"{_cluster.Name}-{Name}" : $"{_cluster.Name}-{Name}-{_engines}";
        var engine = new FakeEngine(_world.Clock, new FakeEngineOptions { Name = name, Cpus = Cores, MemoryBytes = 8L << 30 })
        {
            // Asked right before each start: the checks see all that runs in the world at that moment.
            ProgramFor = (spec, _) =>
            {
                _world.Checks.Pets.Starting(_cluster, this, spec);
                return null;
            },
        };
        foreach (var image in Images)
            engine.AddImage(image, Program);
        return engine;
    }

    private sealed class Joined : IJoining
    {
        public bool HasJoined => true;

        public Task JoinAsync(string version, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Healthy : IProber
    {
        public Task<ProbeResult> ProbeAsync(ProbeTarget target, Federation.Api.Apps.Probe probe, CancellationToken cancellationToken) => Task.FromResult(ProbeResult.Success);
    }
}
