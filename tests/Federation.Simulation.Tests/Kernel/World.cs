using Federation.Embedded.Simulation;
using Federation.Grains.Clusters;
using Federation.Simulation.Tests.Invariants;
using Federation.Simulation.Tests.Network;
using Federation.Simulation.Tests.Regions;
using Federation.Simulation.Tests.Silos;
using Federation.Simulation.Tests.Storage;

namespace Federation.Simulation.Tests.Kernel;

/// <summary>One federation, alone on one thread. Nothing in it is shared with another world.</summary>
internal sealed class World : IDisposable
{
    /// <summary>Far more than any run needs that ends.</summary>
    private const long MostTurns = 200_000;

    private readonly SimulatedProcess _ether;

    public World(int seed, WorldShape shape, bool keepsTrace, string directory)
    {
        Directory = directory;
        if (System.IO.Directory.Exists(directory))
            System.IO.Directory.Delete(directory, recursive: true);
        Random = new Random(seed);
        Scheduler = new SeededScheduler(seed);
        _ether = new SimulatedProcess(Scheduler, CancellationToken.None);
        Clock = new ProcessClock(new MachineClock(Time));
        Fence = shape.Fence;
        (MovesVolumes, VolumePace, NodeLease, NodeMoveAfter) = (shape.MovesVolumes, shape.VolumePace, shape.NodeLease, shape.NodeMoveAfter);
        Trace = new Trace(Time, keepsTrace);
        Network = new SimNetwork(this);
        Store = new SimStore(this);
        Checks = new Checks(this);
        Silo = new SimSilo(this);
        Clusters = [.. shape.Nodes.Select((nodes, index) => new SimCluster(this, SimCluster.NameAt(index), nodes))];
        if (shape.Clocks == ClockKind.Right)
            return;
        foreach (var clock in Clusters.SelectMany(cluster => cluster.Nodes.Select(node => node.Clock).Prepend(cluster.Clock)))
        {
            var drawn = Random.NextDouble() - 0.5;
            clock.Rate = 1 + ((shape.Clocks == ClockKind.Extreme ? Math.CopySign(0.5, drawn) : drawn) / 10);
        }
    }

    /// <summary>Where what the agents keep on their disks is.</summary>
    public string Directory { get; }

    public Random Random { get; }

    public SeededScheduler Scheduler { get; }

    public SimTime Time { get; } = new();

    /// <summary>A clock that is right, and dies with nobody.</summary>
    public ProcessClock Clock { get; }

    public Trace Trace { get; }

    public SimNetwork Network { get; }

    public SimStore Store { get; }

    public SimSilo Silo { get; }

    public IReadOnlyList<SimCluster> Clusters { get; }

    /// <summary>How long clusters may run pets without being told again.</summary>
    public FenceOptions Fence { get; }

    /// <summary>People move pets with volumes in it.</summary>
    public bool MovesVolumes { get; }

    /// <summary>How long a piece of a volume takes on its way.</summary>
    public TimeSpan VolumePace { get; }

    /// <summary>How long a machine may be silent before its cluster agent counts it as lost.</summary>
    public TimeSpan NodeLease { get; }

    /// <summary>How long a lost machine's pods wait for it.</summary>
    public TimeSpan NodeMoveAfter { get; }

    public Checks Checks { get; }

    /// <summary>Starts code that belongs to no process: packets on their way, disks, people.</summary>
    public Task Start(Func<Task> code) => _ether.Start(code);

    public Task<T> Start<T>(Func<Task<T>> code) => _ether.Start(code);

    public Task Delay(TimeSpan delay) => Task.Delay(delay, Clock, CancellationToken.None);

    /// <summary>A time drawn between two.</summary>
    public TimeSpan Draw(TimeSpan from, TimeSpan to) => from + ((to - from) * Random.NextDouble());

    /// <summary>Runs until the code has ended.</summary>
    /// <exception cref="BrokenInvariantException">Something that must not happen has happened.</exception>
    public void Run(Func<Task> code)
    {
        var running = Start(code);
        Pump.Run(() =>
        {
            if (Scheduler.Steps > MostTurns || Time.Fired > MostTurns)
                Checks.Fail("Livelock", $"{MostTurns} turns, and no end");
            Checks.Throw();
            return !running.IsCompleted && (Scheduler.Step() || Time.FireNext());
        });
        Checks.Throw();
        if (!running.IsCompleted)
            throw new BrokenInvariantException("Standstill", "nothing is left that could run, and the run is not over");
        running.GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        Silo.Kill();
        foreach (var cluster in Clusters)
            cluster.Dispose();
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }
}

/// <summary>How big a world is, and how patient.</summary>
/// <param name="Nodes">By cluster, how many machines it has.</param>
/// <param name="Fence">How long clusters may run pets without being told again.</param>
/// <param name="Clocks">How far machines' clocks are from the right speed.</param>
internal sealed record WorldShape(IReadOnlyList<int> Nodes, FenceOptions Fence, ClockKind Clocks)
{
    /// <inheritdoc cref="World.NodeLease"/>
    public TimeSpan NodeLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc cref="World.NodeMoveAfter"/>
    public TimeSpan NodeMoveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc cref="World.MovesVolumes"/>
    public bool MovesVolumes { get; init; }

    /// <inheritdoc cref="World.VolumePace"/>
    public TimeSpan VolumePace { get; init; }
}

/// <summary>How fast the clocks of machines run.</summary>
internal enum ClockKind
{
    /// <summary>All are right.</summary>
    Right,

    /// <summary>Each is wrong by up to 5 %.</summary>
    Differ,

    /// <summary>Each is wrong by 5 %, one way or the other.</summary>
    Extreme,
}
