using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Reports;

/// <summary>The agent's machine: as a node, and as what it adds to its cluster. Thread-safe.</summary>
/// <param name="contents">Where reports take it from.</param>
/// <param name="poke">Called when it changed.</param>
/// <param name="options">The machine's addresses, and what was configured of its capacity; what is missing comes from the engine.</param>
/// <param name="version">The agent's.</param>
/// <param name="time">For the times of transitions.</param>
internal sealed class ClusterState(ReportContents contents, Action poke, AgentOptions options, string version, TimeProvider time)
{
    /// <summary>Kubernetes' default for one machine.</summary>
    public const int DefaultPods = 110;

    private readonly Lock _lock = new();
    private (Trouble? Down, Trouble? DiskFull, EngineInfo? Info, PodSettings Settings)? _engine;
    private MachineState _machine = MachineState.Unknown;
    private Node? _node;

    /// <summary>The machine as it was last shown; null before the engine answered for the first time.</summary>
    public Node? Node => _node;

    public void Publish(EngineHealth engine, PodSettings settings)
    {
        lock (_lock)
        {
            var known = _engine;
            _engine = (engine.Down, engine.DiskFull, engine.Info, settings);
            if (known is { } before && (before.Down, before.DiskFull, before.Info?.Id, before.Info?.Version) == (engine.Down, engine.DiskFull, engine.Info?.Id, engine.Info?.Version))
                return;
            Publish_NeedsLock();
        }

        poke();
    }

    /// <summary>What was seen of the machine beside its engine's health.</summary>
    public void Observe(MachineState machine)
    {
        lock (_lock)
        {
            machine = machine with { Pets = _machine.Pets };
            if (machine == _machine)
                return;
            _machine = machine;
            if (_engine is null)
                return;
            Publish_NeedsLock();
        }

        poke();
    }

    /// <summary>Whether fenced pets are guarded; null: they are.</summary>
    public void Guard(Trouble? pets)
    {
        lock (_lock)
        {
            if (_machine.Pets == pets)
                return;
            _machine = _machine with { Pets = pets };
            if (_engine is null)
                return;
            Publish_NeedsLock();
        }

        poke();
    }

    private void Publish_NeedsLock()
    {
        var (down, diskFull, engine, settings) = _engine!.Value;
        var trouble = down ?? diskFull;
        var capacityNow = CapacityOf(engine);
        if (engine is not null)
            _node = NodeView.Of(engine, settings, capacityNow, version, down, diskFull is null ? _machine : _machine with { Disk = diskFull }, time.GetUtcNow(), _node);
        var inventory = new ClusterInventory
        {
            Capacity = capacityNow,
            Nodes = 1,
            SnapshotNodes = settings.SnapshotDirectory is null ? 0 : 1,
            Addresses = [.. options.Addresses.Select(address => address.ToString())],
            Architecture = engine?.Architecture ?? "",
            AgentVersion = version,
            EngineVersion = engine?.Version ?? "",
            EngineProblem = trouble?.Reason,
            EngineMessage = trouble?.Message,
        };
        contents.SetInventory(inventory, _node is null ? [] : [_node]);
    }

    private Dictionary<string, Quantity> CapacityOf(EngineInfo? engine)
    {
        var all = new Dictionary<string, Quantity> { ["pods"] = Quantity.FromValue(DefaultPods) };
        if (engine is not null)
        {
            all["cpu"] = Quantity.FromValue(engine.Cpus);
            all["memory"] = Quantity.FromValue(engine.MemoryBytes);
        }

        foreach (var (resource, amount) in options.Capacity)
            all[resource] = amount;
        return all;
    }
}
