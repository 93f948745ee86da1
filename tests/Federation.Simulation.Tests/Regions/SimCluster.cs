using System.Net;
using Federation.Api.Nodes;
using Federation.Simulation.Tests.Kernel;
using Federation.Simulation.Tests.Network;
using MemberCluster.Agent.ClusterRole;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federation.Simulation.Tests.Regions;

/// <summary>One member cluster: the real cluster agent, and machines with a real node agent each.</summary>
internal sealed class SimCluster : IDisposable
{
    private static readonly string[] Names = ["eu", "us", "ap", "sa", "af"];
    private readonly World _world;
    private ClusterAgent? _agent;
    private int _uids;

    public SimCluster(World world, string name, int nodes)
    {
        (_world, Name, Clock) = (world, name, new MachineClock(world.Time));
        Nodes = [.. Enumerable.Range(1, nodes).Select(index => new SimNode(world, this, $"n{index}"))];
    }

    public string Name { get; }

    /// <summary>The agent's name in the network.</summary>
    public string Agent => $"{Name}/agent";

    public IReadOnlyList<SimNode> Nodes { get; }

    /// <summary>A person wants it to take nothing new.</summary>
    public bool IsCordoned { get; set; }

    /// <summary>Null: the agent is down.</summary>
    public Life? Life { get; private set; }

    public NodeHub? Hub => _agent?.Hub;

    /// <summary>The clocks of the agent's machine.</summary>
    public MachineClock Clock { get; }

    /// <summary>What DNS answers for it.</summary>
    public IPAddress Address => new([192, 0, 2, (byte)(1 + Array.IndexOf(Names, Name))]);

    private string Data => Path.Combine(_world.Directory, Name, "agent");

    public static string NameAt(int index) => Names[index];

    public void Start()
    {
        var life = Life = new Life(_world, Agent, new ProcessClock(Clock));
        _world.Trace.Add($"{Agent} starts");
        var options = new AgentOptions
        {
            Cluster = Name,
            Region = $"region-{Name}",
            Roles = AgentRoles.Cluster,
            NodeListen = new IPEndPoint(IPAddress.Loopback, 0),
            NodeLease = _world.NodeLease,
            NodeMoveAfter = _world.NodeMoveAfter,
            ClusterAddresses = [Address],
            Data = Data,
            RuntimeDirectory = Path.Combine(_world.Directory, Name, "run"),
            JoinToken = "token",
        };
        _ = life.Start(() =>
        {
            _agent = new ClusterAgent(options, new ClusterParts
            {
                ControlPlane = new SimControlPlane(_world, Name, life),
                Loggers = NullLoggerFactory.Instance,
                Time = life.Clock,
                Random = new Random(_world.Random.Next()),
                NewUid = () => $"{Name}-{++_uids}",
                JoinedNodes = [.. Nodes.Select(node => NodeNames.Of(Name, node.Name))],
            });
            return WatchAsync(_agent.RunAsync(CancellationToken.None), life);
        });
    }

    /// <summary>As kill -9. The machines go on.</summary>
    public void Kill(bool losesDisk = false)
    {
        if (Life is { } life)
        {
            _world.Trace.Add($"{Agent} dies");
            life.Kill();
        }

        (Life, _agent) = (null, null);
        if (losesDisk && Directory.Exists(Data))
        {
            _world.Trace.Add($"{Agent} loses its disk");
            Directory.Delete(Data, recursive: true);
        }
    }

    public void Dispose()
    {
        Kill();
        foreach (var node in Nodes)
            node.Kill();
    }

    /// <summary>An agent that ends by itself is a bug, whatever was done to it.</summary>
    private async Task WatchAsync(Task running, Life life)
    {
        try
        {
            await running;
        }
        catch (Exception exception)
        {
            _world.Checks.Fail("AgentEnded", $"{life.Name}: {exception}");
        }
    }
}
