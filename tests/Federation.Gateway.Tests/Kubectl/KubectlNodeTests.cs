using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Kubectl;

/// <summary>What people do to machines, with every kubectl.</summary>
public sealed class KubectlNodeTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Theory]
    [MemberData(nameof(KubectlRunner.Programs), MemberType = typeof(KubectlRunner))]
    public async Task CordonTaintLabel_AndBack_AreWrittenIntoTheCluster(string program)
    {
        var cluster = ClusterOf(program, "kn");
        using var kubectl = new KubectlRunner(gateway, program);
        using var agent = await JoinAsync(cluster);
        var node = $"{cluster}.one";

        (await kubectl.RunAsync("cordon", node)).ShouldBe($"node/{node} cordoned\n");
        (await kubectl.RunAsync("get", "node", node, "--no-headers")).ShouldContain(",SchedulingDisabled");
        (await kubectl.RunAsync("cordon", node)).ShouldBe($"node/{node} already cordoned\n");
        (await kubectl.RunAsync("taint", "node", node, "gpu=yes:NoSchedule")).ShouldBe($"node/{node} tainted\n");
        (await kubectl.RunAsync("label", "node", node, "disk=ssd")).ShouldBe($"node/{node} labeled\n");
        (await kubectl.RunAsync("get", "nodes", "-l", "disk=ssd", "-o", "name")).ShouldBe($"node/{node}\n");
        (await kubectl.RunAsync("get", "node", node, "-o", "jsonpath={.spec.taints[*].key}")).ShouldBe("gpu");
        var entry = (await gateway.Client.GetAsync<Cluster>(cluster)).Spec.Nodes.ShouldHaveSingleItem();
        (entry.Name, entry.Unschedulable, entry.Taints[0].Value, entry.Labels["disk"]).ShouldBe(("one", true, "yes", "ssd"));

        (await kubectl.RunAsync("uncordon", node)).ShouldBe($"node/{node} uncordoned\n");
        (await kubectl.RunAsync("taint", "node", node, "gpu=yes:NoSchedule-")).ShouldBe($"node/{node} untainted\n");
        (await kubectl.RunAsync("label", "node", node, "disk-")).ShouldBe($"node/{node} unlabeled\n");
        (await gateway.Client.GetAsync<Cluster>(cluster)).Spec.Nodes.ShouldBeEmpty();

        (await kubectl.TryAsync(null, "taint", "node", node, "gpu=yes:NoExecute")).Error.ShouldContain("spec.taints[0].effect: Unsupported value: \"NoExecute\"");
        (await kubectl.TryAsync(null, "annotate", "node", node, "a=b")).Error.ShouldContain("metadata.annotations: Forbidden: only metadata.labels, spec.taints and spec.unschedulable of a Node can be written");
        (await kubectl.TryAsync(null, "delete", "node", node)).ExitCode.ShouldNotBe(0);
    }

    [Theory]
    [MemberData(nameof(KubectlRunner.Programs), MemberType = typeof(KubectlRunner))]
    public async Task Drain_EvictsWhatCanMoveAndLeavesDaemons(string program)
    {
        var cluster = ClusterOf(program, "kd");
        using var kubectl = new KubectlRunner(gateway, program);
        using var agent = await JoinAsync(cluster, NewPod(cluster, "app", "App"), NewPod(cluster, "daemon", "Daemon"));
        var (node, app, daemon) = ($"{cluster}.one", $"{cluster}-app", $"{cluster}-daemon");

        var refused = await kubectl.TryAsync(null, "drain", node);
        refused.Error.ShouldContain("--delete-emptydir-data", customMessage: "as everywhere: what a pod keeps in its own directory is lost");
        refused.Error.ShouldNotContain("--force", customMessage: "every pod has an owner that replaces it");

        var draining = kubectl.TryAsync(null, "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s");
        await Eventually.TrueAsync(async () => (await gateway.Client.GetAsync<Cluster>(cluster)).Status.Evictions.Count == 1, "the agent is told to stop the pod");
        draining.IsCompleted.ShouldBeFalse("kubectl waits until the pod is gone");
        await agent.ReportAsync(cluster, new Report { Session = "s", Sequence = 2, RemovedPods = [new PodName("default", app)] });

        var drained = await draining;
        drained.ExitCode.ShouldBe(0, drained.ToString());
        drained.Output.ShouldContain($"pod/{app} evicted");
        drained.Output.ShouldNotContain(daemon);
        (await gateway.Client.GetAsync<Pod>(daemon, "default")).IsDeleting.ShouldBeFalse();
        (await gateway.Client.GetAsync<Cluster>(cluster)).Spec.Nodes.ShouldHaveSingleItem().Unschedulable.ShouldBe(true);
    }

    /// <summary>A cluster of its own for each kubectl: they run at the same time.</summary>
    private static string ClusterOf(string program, string prefix) => $"{prefix}-{Path.GetFileName(program).Replace('.', '-')}";

    private async Task<AgentClient> JoinAsync(string cluster, params Pod[] pods)
    {
        var agent = await gateway.JoinAsync(cluster);
        // The lease must outlast kubectl: nobody sends heartbeats here.
        await gateway.SendAsync(HttpMethod.Patch, $"/apis/federation/v1/clusters/{cluster}", """{"spec":{"leaseDuration":"5m"}}""", "application/merge-patch+json");
        var node = new Node
        {
            Metadata = new ObjectMeta { Name = $"{cluster}.one", Uid = $"uid-{cluster}" },
            Status = new NodeStatus { Conditions = [new Condition { Type = NodeConditions.Ready, Status = ConditionStatus.True }] },
        };
        await agent.ReportAsync(cluster, new Report { Session = "s", Sequence = 1, Full = true, Nodes = [node], Pods = pods, Inventory = new ClusterInventory { Nodes = 1 } });
        await Eventually.TrueAsync(
            async () => (await gateway.Client.FindAsync<Node>($"{cluster}.one"))?.Status.Conditions.IsTrue(NodeConditions.Ready) == true
                && (await gateway.Client.ListAsync<Pod>(new ListQuery { LabelSelector = $"federation.cluster={cluster}" })).Items.Count == pods.Length,
            "the machine and its pods are shown");
        return agent;
    }

    private static Pod NewPod(string cluster, string name, string owner) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = $"{cluster}-{name}",
            Namespace = "default",
            Uid = $"uid-{cluster}-{name}",
            OwnerReferences = [new OwnerReference { ApiVersion = "federation/v1", Kind = owner, Name = name, Uid = $"uid-{name}", Controller = true }],
        },
        Spec = new PodSpec
        {
            NodeName = $"{cluster}.one",
            Containers = [new ContainerSpec { Name = "c", Image = "busybox" }],
            Volumes = owner == "App" ? [new Volume { Name = "scratch", EmptyDir = new EmptyDirVolume() }] : [],
        },
        Status = new PodStatus { Phase = "Running" },
    };
}
