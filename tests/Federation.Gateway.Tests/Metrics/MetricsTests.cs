using System.Net;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Metrics;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Api.Quantities;
using Federation.Client.Agents;
using Federation.Gateway.Tests.Kubectl;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Metrics;

public sealed class MetricsTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Fact]
    public async Task Metrics_Reported_AreListedWithThePodsLabelsAndSummedUpByNode()
    {
        using var agent = await JoinAsync("ma", "m-1", "m-2");
        await ReportAsync(agent, "ma", 2, Usage("m-1", 100, 10), Usage("m-2", 250, 20));

        var pod = await UntilPodAsync("m-1", 100);
        (pod.Containers.Count, pod.Window, pod.Metadata.Labels["app"]).ShouldBe((2, TimeSpan.FromSeconds(15), "m-1"));
        var node = await gateway.Client.GetAsync<NodeMetrics>("ma.host");
        (node.Usage["cpu"].Milli, node.Usage["memory"].Value).ShouldBe((700, 60L << 20));

        // A pod that is not named is as before; one that is gone is measured no more.
        await agent.ReportAsync("ma", new Report { Session = "s", Sequence = 3, RemovedPods = [new PodName("default", "m-2")], Usage = At(Usage("m-1", 300, 10)) });
        await UntilPodAsync("m-1", 300);
        (await gateway.Client.FindAsync<PodMetrics>("m-2", "default")).ShouldBeNull();
    }

    [Fact]
    public async Task Metrics_CannotBeWatchedOrWritten()
    {
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, "pods?watch=true"), (HttpMethod.Post, "namespaces/default/pods"), (HttpMethod.Delete, "nodes/ma.host")])
            (await gateway.SendAsync(method, $"/apis/metrics.k8s.io/v1beta1/{path}")).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Metrics_OfAnotherClustersPod_AreNotShown()
    {
        using var owner = await JoinAsync("mb", "m-owned");
        using var liar = await JoinAsync("mc", "m-own");
        await ReportAsync(owner, "mb", 2, Usage("m-owned", 5, 1));
        await ReportAsync(liar, "mc", 2, Usage("m-owned", 999, 1), Usage("m-own", 7, 1));

        await UntilPodAsync("m-own", 7);
        (await gateway.Client.GetAsync<PodMetrics>("m-owned", "default")).Containers[0].Usage["cpu"].Milli.ShouldBe(5);
    }

    [Fact]
    public async Task Kubectl_TopPodsAndNodes()
    {
        using var kubectl = new KubectlRunner(gateway);
        using var agent = await JoinAsync("md", "m-top", "m-idle");
        await ReportAsync(agent, "md", 2, Usage("m-top", 500, 64), Usage("m-idle", 0, 1));
        await UntilPodAsync("m-top", 500);

        (await kubectl.RunAsync("top", "pods", "-l", "federation.cluster=md", "--no-headers")).ShouldMatch("^m-idle +0m +2Mi\\s+m-top +1000m +128Mi\\s+$");
        (await kubectl.RunAsync("top", "pods", "-A", "-l", "app=m-top", "--no-headers")).ShouldMatch("^default +m-top +1000m +128Mi\\s+$");
        var containers = await kubectl.RunAsync("top", "pod", "m-top", "--containers", "--no-headers");
        containers.ShouldMatch("m-top +main +500m +64Mi");
        containers.ShouldMatch("m-top +side +500m +64Mi");
        (await kubectl.RunAsync("top", "nodes", "md.host", "--no-headers")).ShouldMatch("^md.host +1000m +25% +130Mi +1%\\s+$");
        (await kubectl.RunAsync("get", "pods.metrics.k8s.io", "m-top", "--no-headers")).ShouldMatch("^m-top +1000m +128Mi +15s\\s+$");
        (await kubectl.RunAsync("get", "pods", "m-top", "-o", "name")).ShouldBe("pod/m-top\n");
    }

    private async Task<AgentClient> JoinAsync(string cluster, params string[] pods)
    {
        var agent = await gateway.JoinAsync(cluster);
        await agent.ReportAsync(cluster, new Report
        {
            Session = "s",
            Sequence = 1,
            Full = true,
            Inventory = new ClusterInventory { Nodes = 1 },
            Nodes = [new Node { Metadata = new ObjectMeta { Name = $"{cluster}.host" }, Status = new NodeStatus { Capacity = Size, Allocatable = Size } }],
            Pods = [.. pods.Select(pod => new Pod
            {
                Metadata = new ObjectMeta { Name = pod, Namespace = "default", Uid = pod, Labels = new Dictionary<string, string> { ["app"] = pod } },
                Spec = new PodSpec { NodeName = $"{cluster}.host", Containers = [new ContainerSpec { Name = "main" }, new ContainerSpec { Name = "side" }] },
                Status = new PodStatus { Phase = "Running" },
            })],
        });
        foreach (var pod in pods)
            await Eventually.TrueAsync(async () => await gateway.Client.FindAsync<Pod>(pod, "default") is { Status.Phase: "Running" }, $"{pod} is shown");
        return agent;
    }

    private static Dictionary<string, Quantity> Size => new() { ["cpu"] = Quantity.FromValue(4), ["memory"] = Quantity.Parse("8Gi") };

    private Task<PodMetrics> UntilPodAsync(string pod, long cpuMilli) => Eventually.ReadAsync(
        async () => await gateway.Client.FindAsync<PodMetrics>(pod, "default") ?? new PodMetrics(), metrics => metrics.Containers.Any(container => container.Usage["cpu"].Milli == cpuMilli), $"{pod} uses {cpuMilli}m");

    private static Task<ReportAnswer> ReportAsync(AgentClient agent, string cluster, long sequence, params PodUsage[] usages) =>
        agent.ReportAsync(cluster, new Report { Session = "s", Sequence = sequence, Usage = At(usages) });

    private static ClusterUsage At(params PodUsage[] pods) => new() { At = TimeProvider.System.GetUtcNow(), WindowSeconds = 15, Pods = pods };

    /// <summary>Each of two containers uses as much.</summary>
    private static PodUsage Usage(string pod, long cpuMilli, long mebibytes) => new()
    {
        Namespace = "default",
        Name = pod,
        Containers = [.. ((string[])["main", "side"]).Select(name => new ContainerUsage { Name = name, CpuMilli = cpuMilli, MemoryBytes = mebibytes << 20 })],
    };
}
