using System.Globalization;
using System.Net;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client;
using Federation.TestKit.Dns;
using Federation.TestKit.Docker;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.TestKit.Local;

/// <summary>
/// A federation of three regions, brought up by <c>fed up</c> as a user does it: real processes, real containers, an engine of its own.
/// Addresses and ports are its own too, so that it meets no other federation on the machine.
/// </summary>
public sealed class LocalFederation : IAsyncDisposable
{
    public const int SamplePort = 8080;
    public const string SampleName = "web.default.svc.fed.test";

    private static readonly TimeSpan UpDeadline = TimeSpan.FromMinutes(4);

    private LocalFederation(DockerDaemon engine, string data)
    {
        Engine = engine;
        Data = data;
        Gateway = Ports.FreeEndpoint();
        Dns = Ports.FreeEndpoint();
        // 127.a.b.x, unlikely to be anybody else's.
        var net = $"127.{Random(1, 250)}.{Random(1, 250)}";
        Regions = new Dictionary<string, string> { ["us-east"] = $"{net}.1", ["eu-west"] = $"{net}.2", ["ap-south"] = $"{net}.3" };
        Probe = new DnsProbe(Dns);
    }

    public static IReadOnlyList<string> RegionNames { get; } = ["us-east", "eu-west", "ap-south"];

    public DockerDaemon Engine { get; }

    public string Data { get; }

    public IPEndPoint Gateway { get; }

    public IPEndPoint Dns { get; }

    /// <summary>Each region's advertised address.</summary>
    public IReadOnlyDictionary<string, string> Regions { get; }

    public DnsProbe Probe { get; }

    public FederationClient Client { get; private set; } = null!;

    public IReadOnlyList<string> AllAddresses => [.. Regions.Values.Order(StringComparer.Ordinal)];

    public string Kubeconfig => Path.Combine(Data, "kubeconfig");

    /// <param name="prepareEngine">Prepares the engine's directory before it starts, a small file system for instance.</param>
    public static async Task<LocalFederation> UpAsync(Action<string>? prepareEngine = null, Action<string>? prepareData = null)
    {
        var data = Directory.CreateTempSubdirectory("fede2e").FullName;
        prepareData?.Invoke(data);
        var federation = new LocalFederation(await DockerDaemon.StartAsync(prepare: prepareEngine), data);
        try
        {
            await federation.ResumeAsync();
            federation.Client = new FederationClient(KubeConfig.Load(federation.Kubeconfig));
            return federation;
        }
        catch
        {
            await federation.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>fed up --detach</c>: starts what does not run.</summary>
    public async Task<CommandResult> ResumeAsync()
    {
        var result = await FedAsync(
        [
            "up", "--detach", "--yes", "--data", Data, "--gateway", Gateway.ToString(), "--dns", Dns.ToString(), "--docker", Engine.Host,
            .. Regions.SelectMany(region => new[] { "--region", $"{region.Key}={region.Value}" }),
        ]);
        return result.ExitCode == 0 ? result : throw new InvalidOperationException($"fed up failed: {result}\n{await LogsAsync()}");
    }

    public Task<CommandResult> FedAsync(params IEnumerable<string> arguments) =>
        Command.RunAsync("dotnet", [Programs.Fed, .. arguments], environment: new Dictionary<string, string> { ["FED_KUBECONFIG"] = Kubeconfig }, deadline: UpDeadline);

    public Task<CommandResult> KubectlAsync(params IEnumerable<string> arguments) =>
        Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments]);

    public Task<CommandResult> KubectlAsync(IEnumerable<string> arguments, string input) =>
        Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, .. arguments], input);

    public Task<CommandResult> KubectlApplyAsync(string manifest) =>
        Command.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, "apply", "-f", "-"], input: manifest);

    public Task<CommandResult> DockerAsync(params IEnumerable<string> arguments) =>
        Command.RunAsync("docker", ["--host", Engine.Host, .. arguments]);

    /// <summary>Kills a container through the engine's API; it is dead when this returns.</summary>
    public Task KillAsync(string container) => DockerEngine.PostAsync(Engine.Socket, $"/containers/{container}/kill");

    /// <summary>Ids of the running containers of one region, or of all of them, sorted.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync(string? region = null, bool all = false)
    {
        var label = region is null ? "federation.cluster" : $"federation.cluster={region}";
        string[] arguments = ["ps", "--no-trunc", "-q", "--filter", $"label={label}", all ? "--all" : "--all=false"];
        var listed = await DockerAsync(arguments);
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    public Task<App> AppAsync(string name = "web") => Client.GetAsync<App>(name, "default");

    public async Task<IReadOnlyList<Pod>> PodsAsync() => (await Client.ListAsync<Pod>(new ListQuery { Namespace = "default" })).Items;

    /// <summary>Waits until every cluster runs what it was given, ready and of the newest template.</summary>
    public Task<App> ConvergedAsync(string name, int replicas, TimeSpan? deadline = null) =>
        Eventually.ReadAsync(
            () => AppAsync(name),
            app => app.Status.ObservedGeneration == app.Metadata.Generation && app.Status.ReadyReplicas == replicas && app.Status.RunningReplicas == replicas
                && app.Status.Conditions.IsTrue(AppConditions.Converged),
            $"{name} converges on {replicas} pods", deadline ?? TimeSpan.FromMinutes(1));

    public Task ScaleAsync(int replicas) =>
        Client.PatchAsync<App>("web", new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["replicas"] = replicas } }, "default");

    /// <summary>Waits until DNS answers with exactly these regions.</summary>
    public Task AnsweredAsync(IEnumerable<string> regions, TimeSpan? deadline = null, string name = SampleName)
    {
        var wanted = regions.Select(region => Regions[region]).Order(StringComparer.Ordinal).ToList();
        return Eventually.ReadAsync(
            async () => string.Join(",", await Probe.AddressesAsync(name) ?? ["no answer"]),
            answer => answer == string.Join(",", wanted), $"{name} is answered with {string.Join(",", wanted)}", deadline);
    }

    /// <summary>Waits until dig, with a client subnet, is answered with the addresses of these regions.</summary>
    public Task AnsweredToAsync(string subnet, params IEnumerable<string> regions)
    {
        var wanted = regions.Select(region => Regions[region]).Order(StringComparer.Ordinal).ToList();
        return Eventually.ReadAsync(
            async () =>
            {
                var dig = await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{Dns.Port}", $"+subnet={subnet}", SampleName, "+short"]);
                return string.Join(",", dig.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
            },
            answer => answer == string.Join(",", wanted), $"{subnet} is answered with {string.Join(",", wanted)}");
    }

    /// <summary>Waits for a cluster's Ready condition.</summary>
    public Task ReadyAsync(string region, ConditionStatus status, TimeSpan? deadline = null) =>
        Eventually.ReadAsync(
            () => Client.GetAsync<Cluster>(region), cluster => cluster.Status.Conditions.Find(ClusterConditions.Ready)?.Status == status,
            $"{region} is Ready={status}", deadline);

    public async Task<string> CurlAsync(string region)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        return await http.GetStringAsync(new Uri($"http://{Regions[region]}:{SamplePort}/"));
    }

    /// <summary>The id of the control plane (<c>control-plane</c>) or of an agent (<c>agent-us-east</c>).</summary>
    public int Pid(string process) => int.Parse(File.ReadAllText(Path.Combine(Data, "run", $"{process}.pid")), CultureInfo.InvariantCulture);

    public Task SignalAsync(string process, string signal) => Command.RunAsync("kill", [$"-{signal}", $"{Pid(process)}"]);

    public async Task<string> LogsAsync()
    {
        var logs = Path.Combine(Data, "logs");
        var text = "";
        foreach (var file in Directory.Exists(logs) ? Directory.GetFiles(logs) : [])
            text += $"--- {Path.GetFileName(file)}\n{string.Join('\n', (await File.ReadAllLinesAsync(file)).TakeLast(40))}\n";
        return text;
    }

    /// <summary>What there is and what was said, for who has to find out why something failed.</summary>
    public async Task<string> DescribeAsync() =>
        $"{await KubectlAsync("get", "namespaces,apps,daemons,jobs.federation", "-A", "-o", "yaml")}\n{await KubectlAsync("get", "pods,events", "-A")}\n{await DockerAsync("ps", "-a")}\n{await LogsAsync()}";

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await FedAsync("down", "--data", Data);
        await Engine.DisposeAsync();
        SmallFileSystem.UnmountBelow(Data);
        if (Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
    }

    private static int Random(int from, int to) => System.Security.Cryptography.RandomNumberGenerator.GetInt32(from, to);
}
