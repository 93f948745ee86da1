using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.TestKit.Local;
using Federation.TestKit.Waiting;

namespace Federation.TestKit.Machines;

/// <summary>A federation of several regions: each is one machine in a network of machines, with an engine of its own and one agent in both roles.</summary>
public sealed class MachineFederation : IAsyncDisposable
{
    private static readonly string[] Names = ["eu-west", "us-east", "ap-south", "sa-east", "af-south"];
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    /// <summary>Secrets need a file system in memory; every Linux machine has one here.</summary>
    private const string InMemory = "/dev/shm";

    private readonly MachineNetwork _network;
    private readonly string _data = Directory.CreateTempSubdirectory("fedworld").FullName;

    private MachineFederation(MachineNetwork network) => _network = network;

    public HeldControlPlane ControlPlane { get; private set; } = null!;

    /// <summary>One for each region, in the order of <see cref="RegionOf"/>.</summary>
    public IReadOnlyList<Machine> Machines { get; private set; } = [];

    /// <summary>Where a test may listen for what pods say, also while their region is cut off from the control plane.</summary>
    public string WitnessAddress => _network.WitnessAddress;

    /// <summary>The region that the machine is; its cluster's name is the same with <c>-1</c>.</summary>
    public string RegionOf(Machine machine) => Names[Machines.ToList().IndexOf(machine)];

    public string ClusterOf(Machine machine) => $"{RegionOf(machine)}-1";

    /// <summary>Brings everything up; all clusters are Ready, and their engines have the sample image.</summary>
    public static async Task<MachineFederation> UpAsync(int regions = 3)
    {
        var federation = new MachineFederation(await MachineNetwork.CreateAsync(regions));
        try
        {
            await federation.StartAsync(regions);
            return federation;
        }
        catch (Exception exception)
        {
            var logs = federation.Logs();
            await federation.DisposeAsync();
            throw new InvalidOperationException($"The federation did not come up: {exception.Message}\n{logs}", exception);
        }
    }

    /// <summary>Starts a region's agent, the first time with a join token.</summary>
    public async Task StartAgentAsync(Machine machine)
    {
        string[] token = Directory.Exists(machine.Data) ? [] : ["--join-token", await ControlPlane.JoinTokenAsync(ClusterOf(machine))];
        machine.Agent = await machine.RunAsync(
            Path.Combine(_data, $"{RegionOf(machine)}.log"),
            [
                "dotnet", Programs.Agent, "--control-plane", ControlPlane.Url, "--ca", ControlPlane.Authority, "--cluster", ClusterOf(machine), "--region", RegionOf(machine),
                "--address", machine.Address, "--docker", machine.Engine.Host, "--data", machine.Data, "--snapshots", machine.Snapshots,
                "--runtime-dir", Path.Combine(InMemory, $"federation-test-{Path.GetFileName(_data)}-{machine.Name}"), .. token,
            ]);
    }

    public Task ClusterReadyAsync(Machine machine, ConditionStatus status, TimeSpan? deadline = null) => Eventually.ReadAsync(
        () => ControlPlane.Client.FindAsync<Cluster>(ClusterOf(machine)), cluster => cluster?.Status.Conditions.Find(ClusterConditions.Ready)?.Status == status,
        $"{ClusterOf(machine)} is Ready={status}", deadline ?? StartDeadline);

    /// <summary>The ends of all logs.</summary>
    public string Logs() => string.Join(
        '\n', Directory.GetFiles(_data, "*.log").Order(StringComparer.Ordinal).Select(file => $"--- {Path.GetFileName(file)}\n{string.Join('\n', File.ReadLines(file).TakeLast(60))}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var machine in Machines)
            await machine.DisposeAsync();
        if (ControlPlane is not null)
            await ControlPlane.DisposeAsync();
        await _network.DisposeAsync();
        foreach (var directory in Directory.GetDirectories(InMemory, $"federation-test-{Path.GetFileName(_data)}-*"))
            Directory.Delete(directory, recursive: true);
        Directory.Delete(_data, recursive: true);
    }

    private async Task StartAsync(int regions)
    {
        var engines = Enumerable.Range(1, regions).Select(number => Machine.StartAsync(_network, number)).ToList();
        await Task.WhenAll(engines);
        Machines = [.. engines.Select(engine => engine.Result)];
        await Task.WhenAll(Machines.Select(machine => machine.BuildSampleImageAsync()));
        ControlPlane = new HeldControlPlane(_network.ControlPlaneAddress, _data);
        await ControlPlane.StartAsync();
        foreach (var machine in Machines)
            await StartAgentAsync(machine);
        foreach (var machine in Machines)
            await ClusterReadyAsync(machine, ConditionStatus.True);
    }
}
