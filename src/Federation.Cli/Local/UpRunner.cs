using System.Net;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Cli.Output;
using Federation.Client;
using Federation.Client.Agents;
using Federation.Client.Manifests;
using Spectre.Console;

namespace Federation.Cli.Local;

/// <summary>Brings a federation up on this machine, or what is missing of it: every step looks first and does only what is left to do.</summary>
internal sealed class UpRunner(UpSettings settings, IAnsiConsole console, TimeProvider time)
{
    private const int SamplePort = 8080;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly StepProgress _progress = new(console, time);

    /// <exception cref="CliException">Something is missing or does not come up; the message says what and where its log is.</exception>
    public async Task<FederationState> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(settings.Timeout);
        try
        {
            await DockerEngine.CheckAsync(settings.Docker, timeout.Token);
            CheckPorts();
            await StartControlPlaneAsync(timeout.Token);
            using var client = new FederationClient(FederationConnection.Load(settings.Data.Kubeconfig));
            await StartAgentsAsync(client, timeout.Token);
            await WaitForClustersAsync(client, timeout.Token);
            var state = settings.Data.Load()!;
            if (settings.WithSample)
                state = await ApplySampleAsync(client, state, timeout.Token);
            return state;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"Not everything came up within {settings.Timeout.TotalSeconds:0} s. The logs are in {settings.Data.Root}/logs; 'fed status' tells what runs.");
        }
    }

    /// <summary>Every port that is about to be needed, before anything is started.</summary>
    private void CheckPorts()
    {
        if (settings.Data.ControlPlaneProcess().Pid is null)
            Preflight.CheckPorts(settings.Gateway, settings.Dns);
        foreach (var region in settings.Regions.Where(region => settings.WithSample && settings.Data.AgentProcess(region.Cluster).Pid is null))
            Preflight.CheckExposedPort(new IPEndPoint(IPAddress.Parse(region.Address), SamplePort), region.Region);
    }

    private async Task StartControlPlaneAsync(CancellationToken cancellationToken)
    {
        var process = settings.Data.ControlPlaneProcess();
        var running = process.Pid is not null;
        settings.Data.Save(new FederationState
        {
            Gateway = $"https://{settings.Gateway}",
            Dns = settings.Dns.ToString(),
            Zone = settings.Zone,
            Docker = settings.Docker,
            Regions = settings.Regions,
            SampleApplied = settings.Data.Load()?.SampleApplied ?? false,
        });
        await _progress.StepAsync(running ? "Control plane runs already" : "Control plane (silo, gateway, name server)", async _ =>
        {
            if (!running)
            {
                process.Start(Programs.Silo,
                [
                    "--data", settings.Data.ControlPlane, "--gateway", $"https://{settings.Gateway}", "--dns", settings.Dns.ToString(),
                    "--zone", settings.Zone, "--kubeconfig", settings.Data.Kubeconfig,
                ]);
            }

            await WaitAsync(process, () => IsReadyAsync(cancellationToken), cancellationToken);
        });
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(settings.Data.Kubeconfig))
            return false;
        try
        {
            using var client = new FederationClient(FederationConnection.Load(settings.Data.Kubeconfig));
            await client.ListAsync<Cluster>(cancellationToken: cancellationToken);
            return true;
        }
        catch (Exception error) when (error is GatewayUnavailableException or StatusException or CliException)
        {
            return false;
        }
    }

    private Task StartAgentsAsync(FederationClient client, CancellationToken cancellationToken)
    {
        var missing = settings.Regions.Where(region => settings.Data.AgentProcess(region.Cluster).Pid is null).ToList();
        return missing.Count == 0 ? Task.CompletedTask : _progress.StepAsync($"Agents for {string.Join(", ", missing.Select(region => region.Region))}", async _ =>
        {
            foreach (var region in missing)
                await StartAgentAsync(client, region, cancellationToken);
        });
    }

    private async Task StartAgentAsync(FederationClient client, RegionPlan region, CancellationToken cancellationToken)
    {
        var data = settings.Data.Agent(region.Cluster);
        Directory.CreateDirectory(data);
        var authority = Path.Combine(data, "ca.crt");
        await File.WriteAllTextAsync(authority, string.Concat(client.Options.Authorities.Select(certificate => certificate.ExportCertificatePem() + "\n")), cancellationToken);
        List<string> arguments =
        [
            "--control-plane", $"https://{settings.Gateway}", "--ca", authority, "--cluster", region.Cluster,
            "--region", region.Region, "--zone", region.Zone, "--address", region.Address, "--data", data, "--capacity", CapacityOfOne(),
            "--zone-name", settings.Zone, "--dns-server", settings.Dns.ToString(),
        ];
        if (settings.Docker.Length > 0)
            arguments.AddRange(["--docker", settings.Docker]);
        if (!File.Exists(Path.Combine(data, "credential")))
        {
            var tokenFile = Path.Combine(data, "join-token");
            using var agents = new AgentClient(client.Options, time);
            var token = await agents.CreateTokenAsync(new JoinTokenRequest { Cluster = region.Cluster }, cancellationToken);
            await using (var file = new StreamWriter(tokenFile, new FileStreamOptions { Access = FileAccess.Write, Mode = FileMode.Create, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                await file.WriteAsync(token.Token.AsMemory(), cancellationToken);
            arguments.AddRange(["--join-token-file", tokenFile]);
        }

        settings.Data.AgentProcess(region.Cluster).Start(Programs.Agent, arguments);
    }

    /// <summary>The regions share one machine: each offers its part of it, so that together they promise no more than there is.</summary>
    private string CapacityOfOne()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / settings.Regions.Count >> 20;
        return $"cpu={1000 * Environment.ProcessorCount / settings.Regions.Count}m,memory={memory}Mi";
    }

    private Task WaitForClustersAsync(FederationClient client, CancellationToken cancellationToken) =>
        _progress.StepAsync($"{settings.Regions.Count} regions Ready", async report =>
        {
            foreach (var region in settings.Regions)
            {
                report(region.Region);
                await WaitAsync(settings.Data.AgentProcess(region.Cluster), async () =>
                {
                    var cluster = await client.FindAsync<Cluster>(region.Cluster, cancellationToken: cancellationToken);
                    return cluster?.Status.Conditions.IsTrue(ClusterConditions.Ready) ?? false;
                }, cancellationToken);
            }
        });

    private async Task<FederationState> ApplySampleAsync(FederationClient client, FederationState state, CancellationToken cancellationToken)
    {
        if (!state.SampleApplied)
        {
            await _progress.StepAsync("Sample image federation/web", _ => SampleImage.BuildAsync(settings.Docker, cancellationToken));
            await _progress.StepAsync("Sample app applied", async _ =>
            {
                foreach (var manifest in ManifestReader.Load(Programs.Sample("app.yaml")))
                    await client.ApplyAsync(manifest, cancellationToken: cancellationToken);
            });
            state = state with { SampleApplied = true };
            settings.Data.Save(state);
        }

        if (await client.FindAsync<App>("web", "default", cancellationToken) is not null)
            await _progress.StepAsync("Sample app ready", report => WaitForSampleAsync(client, report, cancellationToken));
        return state;
    }

    private async Task WaitForSampleAsync(FederationClient client, Action<string> report, CancellationToken cancellationToken)
    {
        App? app;
        while ((app = await client.FindAsync<App>("web", "default", cancellationToken)) is not null
            && !(app.Status.ObservedGeneration == app.Metadata.Generation && app.Status.Conditions.IsTrue(AppConditions.Available)))
        {
            report($"{app.Status.ReadyReplicas} of {app.Status.Replicas} pods ready");
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    private async Task WaitAsync(BackgroundProcess process, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var seenAlive = false;
        while (!await condition())
        {
            seenAlive |= process.Pid is not null;
            if (seenAlive && process.Pid is null)
                throw new CliException($"{process.Name} stopped:\n{process.LogTail(5)}\nIts log is {process.LogFile}.");
            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }
}
