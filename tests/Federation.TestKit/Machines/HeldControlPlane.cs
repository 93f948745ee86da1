using System.Net;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Dns;
using Federation.TestKit.Local;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.TestKit.Machines;

/// <summary>A control plane as a process of its own (silo, gateway and name server), reached at an address of the machines' network.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="directory">For its data, its log and what clients need.</param>
public sealed class HeldControlPlane(string address, string directory) : IAsyncDisposable
{
    private const int GatewayPort = 8443;
    private const int DnsPort = 5353;
    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(1);

    public HeldProcess Process { get; private set; } = null!;

    /// <summary>Options beside those of where it listens and what it keeps.</summary>
    public IReadOnlyList<string> MoreArguments { get; init; } = [];

    public FederationClient Client { get; private set; } = null!;

    public string Kubeconfig => Path.Combine(directory, "kubeconfig");

    public string Url => $"https://{address}:{GatewayPort}";

    /// <summary>Asks its name server.</summary>
    public DnsProbe Probe { get; } = new(new IPEndPoint(IPAddress.Parse(address), DnsPort));

    /// <summary>File with the certificate of whoever signed the gateway's.</summary>
    public string Authority => Path.Combine(directory, "ca.crt");

    /// <summary>Starts it, the first time or again after it was killed, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        Process = await HeldProcess.StartAsync(
            networkNamespace: null, Path.Combine(directory, "control-plane.log"),
            ["dotnet", Programs.Silo, "--data", Data, "--gateway", Url, "--dns", $"{address}:{DnsPort}", "--kubeconfig", Kubeconfig, .. MoreArguments]);
        await Eventually.TrueAsync(IsReadyAsync, "the control plane answers", StartDeadline, () => Process.LogTail());
        if (Client is not null)
            return;
        Client = new FederationClient(KubeConfig.Load(Kubeconfig));
        await File.WriteAllTextAsync(Authority, string.Concat(Client.Options.Authorities.Select(certificate => certificate.ExportCertificatePem() + "\n")));
    }

    /// <summary>Where it keeps its store.</summary>
    public string Data => Path.Combine(directory, "control-plane");

    /// <summary>A command about its store: <c>backup</c> or <c>restore</c>.</summary>
    public Task<CommandResult> StoreAsync(string command, string file) => Command.RunAsync("dotnet", [Programs.Silo, command, file, "--data", Data]);

    /// <summary>A one-time token for a cluster's agent.</summary>
    public async Task<string> JoinTokenAsync(string cluster)
    {
        using var agents = new AgentClient(Client.Options);
        return (await agents.CreateTokenAsync(new JoinTokenRequest { Cluster = cluster })).Token;
    }

    public Task<CommandResult> KubectlAsync(params IEnumerable<string> arguments) => Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments]);

    public Task<CommandResult> FedAsync(params IEnumerable<string> arguments) =>
        Command.RunAsync("dotnet", [Programs.Fed, .. arguments], environment: new Dictionary<string, string> { ["FED_KUBECONFIG"] = Kubeconfig });

    public async Task ApplyAsync(string manifest)
    {
        var applied = await Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, "apply", "-f", "-"], input: manifest);
        if (applied.ExitCode != 0)
            throw new InvalidOperationException($"kubectl apply: {applied}");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (Process is not null)
            await Process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (!File.Exists(Kubeconfig))
            return false;
        try
        {
            using var client = new FederationClient(KubeConfig.Load(Kubeconfig));
            await client.ListAsync<Cluster>();
            return true;
        }
        catch (Exception exception) when (exception is GatewayUnavailableException or StatusException or IOException)
        {
            return false;
        }
    }
}
