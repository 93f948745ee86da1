using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.TestKit.Docker;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Docker;
using MemberCluster.Agent.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace MemberCluster.Agent.Tests.Names;

/// <summary>Names as real containers find them, on an engine of its own, in a federation whose addresses are loopback ones.</summary>
public sealed class ContainerNamesTests : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agent-names");
    private readonly string _cluster = $"test-{Guid.NewGuid():N}"[..13];
    private readonly FakeControlPlane _controlPlane = new();
    private readonly int _port = Ports.Free(IPAddress.Any);
    private readonly NameServerStub _federation = new(IPAddress.Parse("192.0.2.77"));
    private DockerRuntime _runtime = null!;
    private NodeAgent? _agent;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        var engine = await DockerEngine.SharedAsync();
        _runtime = new DockerRuntime(new DockerOptions { Endpoint = DockerEndpoint.Parse(engine.Host) }, TimeProvider.System);
        if (await _runtime.Images.FindAsync(BusyboxImage.Reference, CancellationToken.None) is null)
            await _runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport(BusyboxImage.Reference, []), CancellationToken.None);
        _stop = new CancellationTokenSource();
        var options = new AgentOptions
        {
            Cluster = _cluster,
            Region = "us-east",
            Addresses = [IPAddress.Loopback],
            Data = _data.FullName,
            JoinToken = "token",
            ZoneName = "fed.test",
            DnsServers = [_federation.Address],
        };
        _agent = new NodeAgent(options, new AgentParts { Runtime = _runtime, ControlPlane = _controlPlane, Loggers = NullLoggerFactory.Instance });
        _running = _agent.RunAsync(_stop.Token);
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        foreach (var container in await _runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Cluster}={_cluster}"), CancellationToken.None))
            await _runtime.Containers.RemoveAsync(container.Id, force: true, CancellationToken.None);
        await _runtime.Networks.RemoveAsync($"federation-{_cluster}", CancellationToken.None);
        await _runtime.DisposeAsync();
        await _federation.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task StopAsync()
    {
        if (_agent is null)
            return;
        await _stop.CancelAsync();
        await _running;
        await _agent.DisposeAsync();
        _stop.Dispose();
        _agent = null;
    }

    private Work Web(int replicas, bool isExposed = true) => TestWorks.Web(replicas) with
    {
        Namespace = "shop",
        Template = new PodTemplate
        {
            Spec = new PodSpec
            {
                TerminationGracePeriodSeconds = 1,
                Containers =
                [
                    new Federation.Api.Apps.ContainerSpec
                    {
                        Name = "web",
                        Image = BusyboxImage.Reference,
                        Command = ["/bin/sh", "-c", "mkdir -p /www; echo hello from $FEDERATION_POD > /www/index.html; exec httpd -f -p 8080 -h /www"],
                        ReadinessProbe = new Probe { HttpGet = new HttpGetAction { Port = 8080 }, PeriodSeconds = 1 },
                    },
                ],
            },
        },
        Expose = isExposed ? [new WorkPort { Name = "http", Port = _port, TargetPort = 8080 }] : [],
    };

    /// <summary>What a command in a pod of the app says.</summary>
    private async Task<string> RunAsync(params string[] command)
    {
        var containers = await _runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Cluster}={_cluster}") with { RunningOnly = true }, CancellationToken.None);
        if (containers.IsEmpty)
            return "";
        var result = await _runtime.Containers.ExecAsync(containers[0].Id, new ExecSpec { Command = [.. command], Timeout = TimeSpan.FromSeconds(20) }, CancellationToken.None);
        return $"{result.ExitCode}: {result.StandardOutput}{result.StandardError}";
    }

    private Task<string> SaysAsync(string what, params string[] command) =>
        Eventually.ReadAsync(() => RunAsync(command), said => said.Contains(what, StringComparison.Ordinal), $"{string.Join(' ', command)} says {what}", TimeSpan.FromSeconds(60));

    [Theory]
    [InlineData("web")]
    [InlineData("web.shop")]
    [InlineData("web.shop.svc")]
    [InlineData("web.shop.svc.fed.test")]
    public async Task Lookup_AppOfThisNode_ItsOwnPodReachesItByName(string name)
    {
        _controlPlane.Apply(Web(1));
        // The only ready pod is the client itself.
        await SaysAsync("hello from web-", "wget", "-qO-", $"http://{name}:{_port}/");
    }

    [Fact]
    public async Task Lookup_NameThatIsNotServedHere_ComesFromTheFederation()
    {
        _controlPlane.Apply(Web(1));
        await SaysAsync("192.0.2.77", "nslookup", "elsewhere.shop.svc.fed.test");
    }

    [Fact]
    public async Task Lookup_AppWithoutAReadyPodHere_ComesFromTheFederation()
    {
        _controlPlane.Apply(Web(1));
        await SaysAsync("hello from web-", "wget", "-qO-", $"http://web.shop.svc.fed.test:{_port}/");
        _controlPlane.Apply(Web(1, isExposed: false));
        await SaysAsync("192.0.2.77", "nslookup", "web.shop.svc.fed.test");
    }
}
