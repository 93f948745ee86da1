using System.Net;
using Federation.Api.Nodes;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.ClusterRole.Listening;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.NodeRole;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>A cluster agent that listens, and nodes that reach it over real connections; only the engines and the control plane are fake.</summary>
internal sealed class HttpsRegion : IAsyncDisposable
{
    public const string ClusterName = "us-east-1";
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("https-region");
    private readonly List<RunningAgent> _running = [];
    private AgentProcess? _cluster;

    public FakeControlPlane ControlPlane { get; } = new();

    public string ClusterData => Path.Combine(_data.FullName, "cluster");

    public Uri Address => new($"https://127.0.0.1:{_cluster!.Listener!.Port}");

    public string Fingerprint => _cluster!.Listener!.Fingerprint;

    public async Task<RunningAgent> StartClusterAsync(string? preset = null)
    {
        var options = new AgentOptions
        {
            Cluster = ClusterName,
            Region = "us-east",
            Roles = AgentRoles.Cluster,
            Node = "head",
            NodeListen = new IPEndPoint(IPAddress.Loopback, 0),
            NodeLease = TimeSpan.FromSeconds(2),
            NodeToken = preset,
            Data = ClusterData,
            JoinToken = "token",
        };
        _cluster = new AgentProcess(options, new AgentParts { Runtime = new FakeEngine(TimeProvider.System).Connect(), ControlPlane = ControlPlane, Loggers = NullLoggerFactory.Instance });
        var running = Run(_cluster, null);
        await Eventually.ReadAsync(() => Task.FromResult(_cluster.Listener!.Port), port => port != 0, "the cluster agent listens");
        return running;
    }

    public string Token(string? node = null, int uses = 1) => NodeCommands.MakeToken(ClusterData, ClusterName, node, TimeSpan.FromMinutes(5), uses);

    public FakeEngine NewEngine(string name)
    {
        var engine = new FakeEngine(TimeProvider.System, new FakeEngineOptions { Name = name, AddressOctet = (byte)(60 + _running.Count) });
        engine.AddImage(TestWorks.Image, new FakeProgram { Output = [new FakeOutput(OutputStream.StandardOutput, $"hello from {name}\n")], Exec = EchoAsync });
        return engine;
    }

    /// <summary>A command that prints the terminal's size and all that it reads, complains, and fails.</summary>
    private static async Task<int> EchoAsync(FakeExecSession session, CancellationToken cancellationToken)
    {
        var (columns, rows) = await session.Size.WaitAsync(cancellationToken);
        using var input = new StreamReader(session.Input);
        session.Write(OutputStream.StandardOutput, $"{columns}x{rows} {await input.ReadToEndAsync(cancellationToken)}");
        session.Write(OutputStream.StandardError, "no\n");
        return 7;
    }

    public RunningAgent StartNode(string name, FakeEngine engine, string? token)
    {
        var options = new AgentOptions
        {
            Cluster = ClusterName,
            Region = "us-east",
            Roles = AgentRoles.Node,
            Node = name,
            ClusterAgent = Address,
            Addresses = [IPAddress.Loopback],
            Data = Path.Combine(_data.FullName, name),
            JoinToken = token,
        };
        var pin = new CertificatePin();
        var link = new HttpControlPlane(Address, name, pin, TimeProvider.System, NullLogger<HttpControlPlane>.Instance);
        return Run(new AgentProcess(options, new AgentParts { Runtime = engine.Connect(), ControlPlane = link, Loggers = NullLoggerFactory.Instance, Pin = pin }), link);
    }

    /// <summary>The credential that a node has on its disk.</summary>
    public string CredentialOf(string node) =>
        Federation.Api.Json.ApiJson.FromUtf8<NodeJoining.Membership>(File.ReadAllBytes(Path.Combine(_data.FullName, node, "node", "cluster-agent.json"))).Credential;

    /// <summary>A client with somebody's credential.</summary>
    public AgentClient ClientWith(string? token) => new(new ClientOptions { Server = Address, Token = token, AcceptsCertificate = shown => NodeSecrets.FingerprintOf(shown) == Fingerprint });

    public Task UntilReadyAsync(string node) => Eventually.ReadAsync(
        () => Task.FromResult(ControlPlane.Nodes),
        nodes => nodes.Any(known => known.Metadata.Name == NodeNames.Of(ClusterName, node) && known.Status.Conditions.Any(condition => condition is { Type: NodeConditions.Ready, Status: Federation.Api.Meta.ConditionStatus.True })),
        $"node {node} is Ready");

    public Task UntilRunningAsync(int replicas, string uid = "uid-web") =>
        Eventually.ReadAsync(() => Task.FromResult(ControlPlane.StatusOf(uid)), status => status?.Ready == replicas, $"{replicas} pods are ready");

    public async ValueTask DisposeAsync()
    {
        foreach (var running in Enumerable.Reverse(_running))
            await running.StopAsync();
        _data.Delete(recursive: true);
    }

    private RunningAgent Run(AgentProcess agent, HttpControlPlane? link)
    {
        var running = new RunningAgent(agent, link);
        _running.Add(running);
        return running;
    }
}

/// <summary>One agent of a region.</summary>
internal sealed class RunningAgent
{
    private readonly CancellationTokenSource _stop = new();
    private readonly AgentProcess _agent;
    private readonly HttpControlPlane? _link;
    private bool _isStopped;

    public RunningAgent(AgentProcess agent, HttpControlPlane? link)
    {
        (_agent, _link) = (agent, link);
        Running = agent.RunAsync(_stop.Token);
    }

    public Task Running { get; }

    public async Task StopAsync()
    {
        if (_isStopped)
            return;
        _isStopped = true;
        await _stop.CancelAsync();
        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _agent.DisposeAsync();
        _link?.Dispose();
        _stop.Dispose();
    }
}
