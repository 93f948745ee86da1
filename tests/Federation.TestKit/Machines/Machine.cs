using Federation.TestKit.Docker;
using Federation.TestKit.Local;
using Federation.TestKit.Processes;

namespace Federation.TestKit.Machines;

/// <summary>One machine of a region: a network namespace, a Docker Engine of its own in it, and a directory for what runs on it.</summary>
public sealed class Machine : IAsyncDisposable
{
    private readonly MachineNetwork _network;
    private readonly int _number;

    private Machine(MachineNetwork network, int number, DockerDaemon engine) => (_network, _number, Engine) = (network, number, engine);

    public string Name => $"m{_number}";

    public string Address => _network.AddressOf(_number);

    public string NetworkNamespace => _network.NamespaceOf(_number);

    public DockerDaemon Engine { get; }

    /// <summary>The node agent, while there is one.</summary>
    public HeldProcess? Agent { get; set; }

    public string Data => Path.Combine(Engine.Directory, "agent");

    /// <summary>Its agent's directory for snapshots.</summary>
    public string Snapshots => Path.Combine(Engine.Directory, "snapshots");

    public static async Task<Machine> StartAsync(MachineNetwork network, int number) =>
        new(network, number, await DockerDaemon.StartAsync(networkNamespace: network.NamespaceOf(number)));

    public Task<HeldProcess> RunAsync(string log, params IEnumerable<string> command) => HeldProcess.StartAsync(NetworkNamespace, log, command);

    public Task<CommandResult> DockerAsync(params IEnumerable<string> arguments) => Command.RunAsync("docker", ["--host", Engine.Host, .. arguments]);

    /// <summary>Makes the image of samples/web on its engine: <c>federation/web:1</c>.</summary>
    public async Task BuildSampleImageAsync()
    {
        var built = await Command.RunAsync(Path.Combine(Programs.Root, "samples", "web", "build"), [], environment: new Dictionary<string, string> { ["DOCKER_HOST"] = Engine.Host });
        if (built.ExitCode != 0)
            throw new InvalidOperationException($"The sample image could not be made: {built}");
    }

    /// <summary>Ids of the running containers, sorted.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync()
    {
        var listed = await DockerAsync("ps", "--no-trunc", "-q", "--filter", "label=federation.cluster");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    /// <summary>Dead to everybody else: the agent is killed and the cable pulled. What ran in containers runs on, unseen.</summary>
    public async Task LoseAsync()
    {
        await UnplugAsync();
        if (Agent is { IsRunning: true } agent)
            await agent.KillAsync();
    }

    /// <summary>The cable is pulled; everything on it goes on.</summary>
    public Task UnplugAsync() => _network.SetLinkAsync(_number, isUp: false);

    public Task PlugInAsync() => _network.SetLinkAsync(_number, isUp: true);

    public Task SetControlPlaneReachableAsync(bool isReachable) => _network.SetControlPlaneReachableAsync(_number, isReachable);

    /// <inheritdoc cref="MachineNetwork.SetRateAsync"/>
    public Task SetRateAsync(string? rate) => _network.SetRateAsync(_number, rate);

    /// <summary>Where the engine has a volume's files.</summary>
    public string VolumePath(string volume) => Path.Combine(Engine.Directory, "data", "volumes", volume, "_data");

    /// <summary>The engine's volumes of pets, and what belongs to them.</summary>
    public async Task<IReadOnlyList<string>> VolumesAsync()
    {
        var listed = await DockerAsync("volume", "ls", "-q", "--filter", "label=federation.ordinal");
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        if (Agent is not null)
            await Agent.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
