using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using Federation.TestKit.Time;
using MemberCluster.Agent.ClusterRole;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A region: a fake control plane, one cluster agent, and nodes with an engine each; every one of them can be killed, cut off and started again.</summary>
internal sealed class RegionFixture : IAsyncDisposable
{
    public const string ClusterName = "us-east-1";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("region-test");
    private readonly Dictionary<string, NodeHarness> _nodes = [];
    private ClusterAgent? _cluster;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private bool _hasSuccessor;

    public ManualTimeProvider Time { get; } = new();

    /// <summary>Where the agents run.</summary>
    public QuietContext Quiet { get; } = new();
    public FakeControlPlane ControlPlane { get; } = new();
    public ClusterAgent? Cluster => _cluster;

    public IReadOnlyCollection<NodeHarness> Nodes => _nodes.Values;

    private string ClusterData => Path.Combine(_data.FullName, "cluster");

    public NodeHarness this[string node] => _nodes[node];

    public ImmutableArray<string> RunningIds => [.. _nodes.Values.SelectMany(node => node.RunningIds).Order(StringComparer.Ordinal)];

    /// <summary>Called after every step of the clock: what must hold always is looked at then.</summary>
    public Action? Stepped { get; set; }

    /// <summary>Starts the cluster agent and so many nodes.</summary>
    public static RegionFixture Start(int nodes)
    {
        var region = new RegionFixture();
        region.StartCluster();
        for (var i = 1; i <= nodes; i++)
            region.AddNode($"n{i}").Start();
        return region;
    }

    /// <param name="nodes">Those that joined before; absent: all that there are.</param>
    public void StartCluster(IReadOnlyList<string>? nodes = null)
    {
        _stop = new CancellationTokenSource();
        _hasSuccessor = false;
        var options = new AgentOptions
        {
            Cluster = ClusterName,
            Region = "us-east",
            Roles = AgentRoles.Cluster,
            NodeListen = new IPEndPoint(IPAddress.Loopback, 0),
            Data = ClusterData,
            JoinToken = "token",
        };
        var cluster = _cluster = new ClusterAgent(options, new ClusterParts
        {
            ControlPlane = ControlPlane,
            Loggers = NullLoggerFactory.Instance,
            Time = Time,
            Random = new Random(1),
            JoinedNodes = nodes ?? [.. _nodes.Keys.Select(node => $"{ClusterName}.{node}")],
            HasSuccessor = () => _hasSuccessor,
        });
        var stopping = _stop.Token;
        _running = Quiet.Run(() => cluster.RunAsync(stopping));
    }

    /// <summary>As kill -9 does: nothing is said to anybody.</summary>
    public async Task KillClusterAsync()
    {
        if (_cluster is not { } cluster)
            return;
        _hasSuccessor = true;
        _cluster = null;
        foreach (var node in _nodes.Values)
            node.Link.Break();
        await _stop!.CancelAsync();
        await UntilAsync(() => _running.IsCompleted, "the cluster agent ends");
        await cluster.DisposeAsync();
        _stop.Dispose();
    }

    public void LoseClusterData() => Directory.Delete(ClusterData, recursive: true);

    public NodeHarness AddNode(string name, ImmutableDictionary<string, string>? labels = null) =>
        _nodes[name] = new NodeHarness(this, name, Path.Combine(_data.FullName, name), (byte)(100 + _nodes.Count), labels);

    /// <summary>A directory for what a test needs beside the agents' own.</summary>
    public string NewDirectory(string name) => Directory.CreateDirectory(Path.Combine(_data.FullName, name)).FullName;

    /// <summary>Lets the clock run until the condition holds.</summary>
    public async Task UntilAsync(Func<bool> condition, string what, TimeSpan? step = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Deadline)
                throw new TimeoutException($"Waited in vain: {what}. {Describe()}");
            if (_running.IsFaulted)
                await _running;
            if (await Quiet.SettleAsync(condition))
                return;
            Time.Advance(step ?? TimeSpan.FromMilliseconds(20));
            Stepped?.Invoke();
        }
    }

    /// <summary>Lets the clock run for a while, as a test that nothing happens must.</summary>
    public async Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        var until = Time.GetUtcNow() + time;
        await UntilAsync(() => Time.GetUtcNow() >= until, $"{time} pass", step ?? TimeSpan.FromMilliseconds(50));
    }

    public Task UntilReadyAsync(int replicas, string uid = "uid-web") => UntilAsync(
        () => ControlPlane.StatusOf(uid) is { } status && status.Ready == replicas && status.Running == replicas && status.Updated == replicas && status.Desired == replicas,
        $"{replicas} ready pods of {uid}");

    /// <summary>Running containers by node, in the nodes' order.</summary>
    public ImmutableArray<int> Spread => [.. _nodes.Values.Select(node => node.RunningIds.Length)];

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.KillAsync();
            node.Watchdog.Dispose();
        }

        await KillClusterAsync();
        _data.Delete(recursive: true);
    }

    private string Describe() =>
        $"Containers: {string.Join("; ", _nodes.Values.Select(node => $"{node.Name}: {string.Join(", ", node.Engine.Snapshot().Select(container => $"{container.Name} {container.State}"))}"))}. "
        + $"Status: {ControlPlane.StatusOf("uid-web")} {string.Join("; ", ControlPlane.StatusOf("uid-db")?.Pets ?? [])}. Nodes: {string.Join(", ", ControlPlane.Nodes.Select(node => $"{node.Metadata.Name} {node.Status.Conditions.FirstOrDefault(condition => condition.Type == "Ready")?.Reason}"))}";
}

/// <summary>One machine of a region: an engine that outlives its agent, and the link to the cluster agent.</summary>
internal sealed class NodeHarness
{
    private readonly RegionFixture _region;
    private readonly AgentOptions _options;
    private NodeAgent? _agent;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;
    private int _starts;

    public NodeHarness(RegionFixture region, string name, string data, byte octet, ImmutableDictionary<string, string>? labels)
    {
        (_region, Name) = (region, name);
        Engine = new FakeEngine(region.Time, new FakeEngineOptions { Name = name, AddressOctet = octet });
        Engine.AddImage(TestWorks.Image);
        Engine.AddImage("web:2");
        Watchdog = new FakeWatchdog(Engine, region.Time);
        Link = new CuttableLink(RegionFixture.ClusterName, name, () => region.Cluster?.Hub);
        _options = new AgentOptions
        {
            Cluster = RegionFixture.ClusterName,
            Region = "us-east",
            Roles = AgentRoles.Node,
            Node = name,
            NodeLabels = labels ?? ImmutableDictionary<string, string>.Empty,
            Addresses = [new IPAddress([127, 0, 1, octet])],
            Data = data,
        };
    }

    public string Name { get; }

    /// <summary>The directory for snapshots that the next agent is given; null: none.</summary>
    public string? Snapshots { get; set; }
    public FakeEngine Engine { get; }
    public CuttableLink Link { get; }
    public FakeProber Prober { get; } = new();

    /// <summary>Outlives agents, as the real one does.</summary>
    public FakeWatchdog Watchdog { get; }

    public ImmutableArray<string> RunningIds =>
        [.. Engine.Snapshot().Where(container => container.State == ContainerState.Running).Select(container => container.Id).Order(StringComparer.Ordinal)];

    public void Start()
    {
        var (start, uids) = (++_starts, 0);
        _stop = new CancellationTokenSource();
        var agent = _agent = new NodeAgent(_options with { Snapshots = Snapshots }, new AgentParts
        {
            Runtime = Engine.Connect(),
            ControlPlane = Link,
            Loggers = NullLoggerFactory.Instance,
            Time = _region.Time,
            Random = new Random(1),
            NewUid = () => $"{Name}-{start}-{Interlocked.Increment(ref uids)}",
            Joining = new NoJoining(),
            HasSuccessor = () => true,
            Prober = Prober,
            Watchdog = _ => Watchdog,
        });
        var stopping = _stop.Token;
        _running = _region.Quiet.Run(() => agent.RunAsync(stopping));
    }

    /// <summary>As kill -9 does. Its containers go on.</summary>
    public async Task KillAsync()
    {
        if (_agent is not { } agent)
            return;
        _agent = null;
        await _stop!.CancelAsync();
        await _region.UntilAsync(() => _running.IsCompleted, $"the agent of {Name} ends");
        await agent.DisposeAsync();
        _stop.Dispose();
    }

    public void LoseData() => Directory.Delete(_options.Data, recursive: true);

    private sealed class NoJoining : IJoining
    {
        public bool HasJoined => true;

        public Task JoinAsync(string version, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
