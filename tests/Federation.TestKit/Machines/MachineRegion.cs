using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Client;
using Federation.TestKit.Dns;
using Federation.TestKit.Local;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.TestKit.Machines;

/// <summary>A federation with one region of several machines: a control plane, one cluster agent, and a node agent with an engine of its own on each machine.</summary>
public sealed class MachineRegion : IAsyncDisposable
{
    public const string ClusterName = "eu-west-1";

    private const int NodePort = 9443;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    private readonly MachineNetwork _network;
    private readonly string _data = Directory.CreateTempSubdirectory("fedregion").FullName;
    private HeldControlPlane _controlPlane = null!;

    private MachineRegion(MachineNetwork network) => _network = network;

    public IReadOnlyList<Machine> Machines { get; private set; } = [];

    /// <summary>It runs on the first machine.</summary>
    public HeldProcess ClusterAgent { get; private set; } = null!;

    public FederationClient Client => _controlPlane.Client;

    public string Kubeconfig => _controlPlane.Kubeconfig;

    /// <summary>Asks the federation's name server.</summary>
    public DnsProbe Probe => _controlPlane.Probe;

    private string Shares => Path.Combine(ClusterData, "shares");

    private string ClusterData => Path.Combine(_data, "cluster-agent");

    /// <summary>Brings everything up; the nodes are Ready and have the sample image.</summary>
    public static async Task<MachineRegion> UpAsync(int machines = 3)
    {
        var region = new MachineRegion(await MachineNetwork.CreateAsync(machines));
        try
        {
            await region.StartAsync(machines);
            return region;
        }
        catch (Exception exception)
        {
            var logs = region.Logs();
            await region.DisposeAsync();
            throw new InvalidOperationException($"The region did not come up: {exception.Message}\n{logs}", exception);
        }
    }

    /// <summary>Starts the cluster agent, the first time with a join token.</summary>
    public async Task StartClusterAgentAsync()
    {
        string[] token = Directory.Exists(ClusterData) ? [] : ["--join-token", await _controlPlane.JoinTokenAsync(ClusterName)];
        ClusterAgent = await Machines[0].RunAsync(
            Path.Combine(_data, "cluster-agent.log"),
            [
                "dotnet", Programs.Agent, "--role", "cluster", "--control-plane", _controlPlane.Url, "--ca", _controlPlane.Authority, "--cluster", ClusterName, "--region", "eu-west",
                "--data", ClusterData, "--node-listen", $"{Machines[0].Address}:{NodePort}", .. token,
            ]);
    }

    /// <summary>Starts a machine's node agent, the first time with a token of the cluster agent.</summary>
    /// <param name="program">The agent to start; null: the one that was built.</param>
    public async Task StartNodeAgentAsync(Machine machine, string? program = null)
    {
        List<string> token = [];
        if (!Directory.Exists(machine.Data))
        {
            var made = await Command.RunAsync("dotnet", [Programs.Agent, "node-token", "--data", ClusterData, "--node", machine.Name]);
            token = ["--join-token", made.ExitCode == 0 ? made.Output.Trim() : throw new InvalidOperationException($"No token: {made}")];
        }

        var log = Path.Combine(_data, $"{machine.Name}.log");
        var starts = Starts(log);
        machine.Agent = await machine.RunAsync(
            log,
            [
                "dotnet", program ?? Programs.Agent, "--role", "node", "--cluster-agent", $"https://{Machines[0].Address}:{NodePort}", "--cluster", ClusterName, "--region", "eu-west",
                "--node", machine.Name, "--address", machine.Address, "--docker", machine.Engine.Host, "--data", machine.Data,
                "--runtime-dir", $"/run/federation-test-{Path.GetFileName(_data)}-{machine.Name}", .. token,
            ]);
        await Eventually.TrueAsync(() => Starts(log) > starts, $"the agent of {machine.Name} knows what runs", StartDeadline, () => machine.Agent.LogTail());
    }

    public Task<CommandResult> KubectlAsync(params IEnumerable<string> arguments) => _controlPlane.KubectlAsync(arguments);

    public Task<CommandResult> KubectlAsync(IEnumerable<string> arguments, string input) => Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments], input);

    public Task<CommandResult> FedAsync(params IEnumerable<string> arguments) => _controlPlane.FedAsync(arguments);

    public Task ApplyAsync(string manifest) => _controlPlane.ApplyAsync(manifest);

    public Task<App> AppAsync(string name) => Client.GetAsync<App>(name, "default");

    public async Task<IReadOnlyList<Pod>> PodsAsync() => (await Client.ListAsync<Pod>(new ListQuery { Namespace = "default" })).Items;

    public static string NodeName(Machine machine) => NodeNames.Of(ClusterName, machine.Name);

    public Task<App> ConvergedAsync(string name, int replicas, TimeSpan? deadline = null) => Eventually.ReadAsync(
        () => AppAsync(name),
        app => app.Status.ObservedGeneration == app.Metadata.Generation && app.Status.ReadyReplicas == replicas && app.Status.RunningReplicas == replicas
            && app.Status.Conditions.IsTrue(AppConditions.Converged),
        $"{name} converges on {replicas} pods", deadline ?? StartDeadline);

    /// <summary>Waits until the machines run so many containers, in this order.</summary>
    public Task RunningAsync(IReadOnlyList<int> containers, TimeSpan? deadline = null)
    {
        var (wanted, counted) = (string.Join(",", containers), "");
        return Eventually.TrueAsync(
            async () => wanted == (counted = string.Join(",", await Task.WhenAll(Machines.Select(async machine => (await machine.ContainersAsync()).Count)))),
            $"the machines run {wanted} containers", deadline ?? StartDeadline, () => $"{counted}\n{Logs()}");
    }

    public Task NodeReadyAsync(Machine machine, ConditionStatus status, TimeSpan? deadline = null) => Eventually.ReadAsync(
        () => Client.FindAsync<Node>(NodeName(machine)), node => node?.Status.Conditions.Find(NodeConditions.Ready)?.Status == status,
        $"{machine.Name} is Ready={status}", deadline ?? StartDeadline);

    public Task ClusterReadyAsync(ConditionStatus status, TimeSpan? deadline = null) => Eventually.ReadAsync(
        () => Client.FindAsync<Cluster>(ClusterName), cluster => cluster?.Status.Conditions.Find(ClusterConditions.Ready)?.Status == status,
        $"{ClusterName} is Ready={status}", deadline ?? StartDeadline);

    /// <summary>The ends of all logs, and how the cluster agent shared the works out.</summary>
    public string Logs() => string.Join(
        '\n', Directory.GetFiles(_data, "*.log").Concat(Directory.Exists(Shares) ? Directory.GetFiles(Shares) : []).Order(StringComparer.Ordinal).Select(file => $"--- {Path.GetFileName(file)}\n{string.Join('\n', File.ReadLines(file).TakeLast(40))}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in Machines)
            await machine.DisposeAsync();
        if (ClusterAgent is not null)
            await ClusterAgent.DisposeAsync();
        if (_controlPlane is not null)
            await _controlPlane.DisposeAsync();
        await _network.DisposeAsync();
        foreach (var directory in Directory.GetDirectories("/run", $"federation-test-{Path.GetFileName(_data)}-*"))
            Directory.Delete(directory, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartAsync(int machines)
    {
        var engines = Enumerable.Range(1, machines).Select(number => Machine.StartAsync(_network, number)).ToList();
        await Task.WhenAll(engines);
        Machines = [.. engines.Select(engine => engine.Result)];
        await Task.WhenAll(Machines.Select(machine => machine.BuildSampleImageAsync()));
        _controlPlane = new HeldControlPlane(_network.ControlPlaneAddress, _data);
        await _controlPlane.StartAsync();
        await StartClusterAgentAsync();
        await ClusterReadyAsync(ConditionStatus.True);
        foreach (var machine in Machines)
            await StartNodeAgentAsync(machine);
        foreach (var machine in Machines)
            await NodeReadyAsync(machine, ConditionStatus.True);
    }

    private static int Starts(string log) => File.Exists(log) ? File.ReadLines(log).Count(line => line.Contains("what runs goes on", StringComparison.Ordinal)) : 0;
}
