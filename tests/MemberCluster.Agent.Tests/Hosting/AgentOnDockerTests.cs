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

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>The whole agent on a real engine, with busybox serving HTTP.</summary>
public sealed class AgentOnDockerTests : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("agent-docker");
    private readonly string _cluster = $"test-{Guid.NewGuid():N}"[..13];
    private readonly FakeControlPlane _controlPlane = new();
    private readonly int _port = Ports.Free();
    private DockerRuntime _runtime = null!;
    private NodeAgent? _agent;
    private CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        var engine = await DockerEngine.SharedAsync();
        _runtime = new DockerRuntime(new DockerOptions { Endpoint = DockerEndpoint.Parse(engine.Host) }, TimeProvider.System);
        if (await _runtime.Images.FindAsync(BusyboxImage.Reference, CancellationToken.None) is null)
        {
            using var tar = await BusyboxImage.CreateTarAsync();
            await _runtime.Images.ImportAsync(tar, new ImageImport(BusyboxImage.Reference, []), CancellationToken.None);
        }
    }

    public async Task DisposeAsync()
    {
        await StopAsync();
        foreach (var container in await _runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Cluster}={_cluster}"), CancellationToken.None))
            await _runtime.Containers.RemoveAsync(container.Id, force: true, CancellationToken.None);
        await _runtime.Networks.RemoveAsync($"federation-{_cluster}", CancellationToken.None);
        await _runtime.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private void Start()
    {
        _stop = new CancellationTokenSource();
        var options = new AgentOptions { Cluster = _cluster, Region = "us-east", Addresses = [IPAddress.Loopback], Data = _data.FullName, JoinToken = "token" };
        _agent = new NodeAgent(options, new AgentParts { Runtime = _runtime, ControlPlane = _controlPlane, Loggers = NullLoggerFactory.Instance });
        _running = _agent.RunAsync(_stop.Token);
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

    private Work Web(int replicas, string text = "one") => TestWorks.Web(replicas) with
    {
        TemplateHash = $"hash-{text}",
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
                        Command = ["/bin/sh", "-c", $"mkdir -p /www; echo {text} $FEDERATION_POD > /www/index.html; echo serving; exec httpd -f -p 8080 -h /www"],
                        Ports = [new ContainerPort { Name = "http", Port = 8080 }],
                        ReadinessProbe = new Probe { HttpGet = new HttpGetAction { Port = "http" }, PeriodSeconds = 1 },
                    },
                ],
            },
        },
        Expose = [new WorkPort { Name = "http", Port = _port, TargetPort = 8080 }],
    };

    private async Task<string?> GetAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            return (await http.GetStringAsync(new Uri($"http://127.0.0.1:{_port}/"))).Trim();
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private Task UntilAsync(Func<bool> condition, string what) =>
        Eventually.TrueAsync(condition, what, TimeSpan.FromSeconds(60), () => $"{_controlPlane.StatusOf("uid-web")}; {_running.Exception}");

    private Task UntilReadyAsync(int replicas) =>
        UntilAsync(() => _controlPlane.StatusOf("uid-web") is { } status && status.Ready == replicas && status.Running == replicas && status.Updated == replicas, $"{replicas} ready pods");

    private async Task<List<string>> ContainersAsync() =>
        [.. (await _runtime.Containers.ListAsync(ContainerFilter.ByLabels($"{PodLabels.Cluster}={_cluster}"), CancellationToken.None)).Select(container => container.Id).Order()];

    [Fact]
    public async Task Evict_OneOfTwo_EveryRequestIsServedAndTheUsageIsMeasured()
    {
        _controlPlane.Apply(Web(2));
        Start();
        await UntilReadyAsync(2);
        await Eventually.TrueAsync(
            () => _controlPlane.Reports.Any(report => report.Usage is { Pods.Count: > 0 } usage && usage.Pods[0].Containers.Single() is { Name: "web", MemoryBytes: > 0 }), "the pods are measured");
        var victim = _controlPlane.Pods[0];
        var failed = 0;

        _controlPlane.Evict(new PodEviction { Namespace = "default", Name = victim.Metadata.Name, Uid = victim.Metadata.Uid!, GracePeriodSeconds = 2 });

        await Eventually.TrueAsync(
            async () =>
            {
                failed += await GetAsync() is null ? 1 : 0;
                return _controlPlane.Pods.All(pod => pod.Metadata.Uid != victim.Metadata.Uid) && _controlPlane.StatusOf("uid-web") is { Ready: 2, Running: 2 };
            },
            "the pod is gone and replaced");
        failed.ShouldBe(0);
        _controlPlane.Nodes.ShouldHaveSingleItem().Status.NodeInfo.KernelVersion.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Run_AppsLife_ServedAdoptedReplacedChangedAndRemovedWithoutLeftovers()
    {
        Start();
        _controlPlane.Apply(Web(2));
        await UntilReadyAsync(2);
        var names = _controlPlane.Pods.Select(pod => pod.Metadata.Name).Order().ToList();
        (await GetAsync())!.ShouldBeOneOf([.. names.Select(name => $"one {name}")]);

        // Another agent takes over what runs.
        var containers = await ContainersAsync();
        await StopAsync();
        Start();
        var reports = _controlPlane.Reports.Count;
        await UntilAsync(() => _controlPlane.Reports.Count > reports, "the next agent reports");
        _controlPlane.Reports[reports].Works.Single().Ready.ShouldBe(2);
        (await ContainersAsync()).ShouldBe(containers);

        // A pod dies, and is there again under its name.
        await _runtime.Containers.KillAsync(containers[0], "SIGKILL", CancellationToken.None);
        await UntilAsync(() => _controlPlane.Pods.Sum(pod => pod.Status.ContainerStatuses.Sum(status => status.RestartCount)) == 1, "the restart is reported");
        await UntilReadyAsync(2);
        _controlPlane.Pods.Select(pod => pod.Metadata.Name).Order().ShouldBe(names);

        _controlPlane.Apply(Web(2, "two"));
        await UntilAsync(() => _controlPlane.StatusOf("uid-web") is { TemplateHash: "hash-two", Updated: 2, Ready: 2, Running: 2 }, "the new template");
        (await GetAsync())!.ShouldStartWith("two ");

        _controlPlane.Delete("uid-web");
        await UntilAsync(() => _controlPlane.StatusOf("uid-web") is { Gone: true }, "gone");
        (await ContainersAsync()).ShouldBeEmpty();
        (await GetAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Run_LogsAreAskedFor_AreSent()
    {
        Start();
        _controlPlane.Apply(Web(1));
        await UntilReadyAsync(1);
        _controlPlane.Ask(new StreamRequest { Id = "logs", Kind = StreamKind.Logs, Namespace = "default", Pod = _controlPlane.Pods.Single().Metadata.Name });
        await UntilAsync(() => _controlPlane.Answers.ContainsKey("logs"), "the answer");
        _controlPlane.Answers["logs"].ShouldBe("serving\n");
    }

    [Fact]
    public async Task Run_TwoContainers_TalkOverLoopback()
    {
        Start();
        var web = Web(1);
        var sidecar = new Federation.Api.Apps.ContainerSpec
        {
            Name = "sidecar",
            Image = BusyboxImage.Reference,
            Command = ["/bin/sh", "-c", "sleep 3600"],
            ReadinessProbe = new Probe { Exec = new ExecAction { Command = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/"] }, PeriodSeconds = 1 },
        };
        _controlPlane.Apply(web with { Template = web.Template with { Spec = web.Template.Spec with { Containers = [.. web.Template.Spec.Containers, sidecar] } } });
        await UntilReadyAsync(1);
        _controlPlane.Pods.Single().Status.ContainerStatuses.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_ImageNameCannotBe_SaysSo()
    {
        Start();
        _controlPlane.Apply(TestWorks.Web(1, image: "Not A Name"));
        await UntilAsync(() => _controlPlane.StatusOf("uid-web") is { Reason: "InvalidImageName" }, "the reason");
    }
}
