using Federation.Api.Agents;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Engine;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.Reports;

/// <summary>The machines of the cluster: each, and summed up.</summary>
/// <param name="contents">Where reports take it from.</param>
/// <param name="poke">Called when it changed.</param>
/// <param name="options">The machine's addresses, and what was configured of its capacity; what is missing comes from the engine.</param>
/// <param name="version">The agent's.</param>
/// <param name="time">For the times of transitions.</param>
internal sealed class ClusterState(ReportContents contents, Action poke, AgentOptions options, string version, TimeProvider time)
{
    /// <summary>Kubernetes' default for one machine.</summary>
    public const int DefaultPods = 110;

    private (Trouble? Trouble, string? Engine)? _published;
    private Node? _node;

    /// <summary>The machine as it was last shown; null before the engine answered for the first time.</summary>
    public Node? Node => _node;

    public void Publish(EngineHealth engine, PodSettings settings)
    {
        if (_published == (engine.Trouble, engine.Info?.Id + engine.Info?.Version))
            return;
        _published = (engine.Trouble, engine.Info?.Id + engine.Info?.Version);
        var capacityNow = CapacityOf(engine);
        if (engine.Info is { } info)
            _node = NodeView.Of(info, settings, capacityNow, version, engine.Trouble, time.GetUtcNow(), _node);
        var inventory = new ClusterInventory
        {
            Capacity = capacityNow,
            Nodes = 1,
            Addresses = [.. options.Addresses.Select(address => address.ToString())],
            Architecture = engine.Info?.Architecture ?? "",
            AgentVersion = version,
            EngineVersion = engine.Info?.Version ?? "",
            EngineProblem = engine.Trouble?.Reason,
            EngineMessage = engine.Trouble?.Message,
        };
        contents.SetInventory(inventory, _node is null ? [] : [_node]);
        poke();
    }

    private Dictionary<string, Quantity> CapacityOf(EngineHealth engine)
    {
        var all = new Dictionary<string, Quantity> { ["pods"] = Quantity.FromValue(DefaultPods) };
        if (engine.Info is { } info)
        {
            all["cpu"] = Quantity.FromValue(info.Cpus);
            all["memory"] = Quantity.FromValue(info.MemoryBytes);
        }

        foreach (var (resource, amount) in options.Capacity)
            all[resource] = amount;
        return all;
    }
}
