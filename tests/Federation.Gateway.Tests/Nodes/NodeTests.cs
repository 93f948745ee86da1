using System.Net;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using Federation.Client;
using Federation.Gateway.Tests.Kubectl;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Nodes;

public sealed class NodeTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    [Fact]
    public async Task Nodes_Reported_AreListedWatchedAndStampedWithWhereTheyAre()
    {
        using var agent = await gateway.JoinAsync("na", "eu-west");
        var list = await gateway.Client.ListAsync<Node>();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var watch = gateway.Client.WatchAsync<Node>(list.ResourceVersion, new ListQuery { LabelSelector = "federation.cluster=na" }, deadline.Token).GetAsyncEnumerator(deadline.Token);
        var liar = NewNode("na.one") with { Metadata = new ObjectMeta { Name = "na.one", Labels = new Dictionary<string, string> { [NodeLabels.Region] = "elsewhere" } } };

        await ReportAsync(agent, "na", 1, liar);
        (await watch.MoveNextAsync()).ShouldBeTrue();
        (watch.Current.Type, watch.Current.Object.Metadata.Labels[NodeLabels.Region]).ShouldBe((WatchEventType.Added, "eu-west"));
        await ReportAsync(agent, "na", 2, NewNode("na.two"));

        await UntilAsync("na.two", node => node is not null);
        (await gateway.Client.FindAsync<Node>("na.one")).ShouldBeNull("a machine that is not in the list is gone");
        (await gateway.Client.GetAsync<Node>("na.two")).Metadata.CreationTimestamp.ShouldNotBeNull();
        (await gateway.SendAsync(HttpMethod.Delete, "/api/v1/nodes/na.two")).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Nodes_NamedAsAnotherClusters_AreNotShown()
    {
        using var agent = await gateway.JoinAsync("nb");
        await ReportAsync(agent, "nb", 1, NewNode("nb.mine"), NewNode("na.stolen"), NewNode("nb"), NewNode("nb-2.other"));

        await UntilAsync("nb.mine", node => node is not null);

        (await gateway.Client.ListAsync<Node>(new ListQuery { LabelSelector = "federation.cluster=nb" })).Items.Select(node => node.Metadata.Name).ShouldBe(["nb.mine"]);
    }

    [Fact]
    public async Task Nodes_ClusterLost_AreUnknownUntilItIsBack()
    {
        using var agent = await gateway.JoinAsync("nc");
        await ReportAsync(agent, "nc", 1, NewNode("nc.one"));
        await UntilAsync("nc.one", node => node?.Status.Conditions.IsTrue(NodeConditions.Ready) == true);

        // No heartbeat: the lease of five seconds runs out.
        var lost = await UntilAsync("nc.one", node => node?.Status.Conditions.Find(NodeConditions.Ready)?.Status == ConditionStatus.Unknown);
        lost!.Status.Conditions.Single().Reason.ShouldBe("NodeStatusUnknown");

        await agent.ReportAsync("nc", new Report { Session = "s", Sequence = 2 });
        await UntilAsync("nc.one", node => node?.Status.Conditions.IsTrue(NodeConditions.Ready) == true);
    }

    [Fact]
    public async Task Kubectl_GetAndDescribeNodes()
    {
        using var kubectl = new KubectlRunner(gateway);
        using var agent = await gateway.JoinAsync("nd", "ap-south");
        await ReportAsync(agent, "nd", 1, NewNode("nd.one"));
        await UntilAsync("nd.one", node => node?.Status.Conditions.IsTrue(NodeConditions.Ready) == true);

        var table = (await kubectl.RunAsync("get", "nodes", "nd.one", "-o", "wide")).Split('\n');
        table[0].ShouldMatch("^NAME +STATUS +ROLES +AGE +VERSION +REGION +CLUSTER +INTERNAL-IP +EXTERNAL-IP +OS-IMAGE +KERNEL-VERSION +CONTAINER-RUNTIME +CPU +MEMORY$");
        table[1].ShouldMatch("^nd.one +Ready +<none> +\\d+s +9.9 +ap-south +nd +10.0.0.1 +<none> +Debian +6.1 +docker://27 +4 +8Gi$");
        (await kubectl.RunAsync("get", "no", "-l", "topology.kubernetes.io/region=ap-south", "-o", "name")).ShouldBe("node/nd.one\n");
        var described = await kubectl.RunAsync("describe", "node", "nd.one");
        described.ShouldContain("Kubelet Version:            9.9");
        described.ShouldMatch("Ready +True");
    }

    private Task<Node?> UntilAsync(string name, Func<Node?, bool> condition) =>
        Eventually.ReadAsync(() => gateway.Client.FindAsync<Node>(name), condition, $"node {name} is as expected");

    private static Task<ReportAnswer> ReportAsync(Federation.Client.Agents.AgentClient agent, string cluster, long sequence, params Node[] nodes) =>
        agent.ReportAsync(cluster, new Report { Session = "s", Sequence = sequence, Full = sequence == 1, Nodes = nodes, Inventory = new ClusterInventory { Nodes = nodes.Length } });

    private static Node NewNode(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Uid = $"uid-{name}" },
        Status = new NodeStatus
        {
            Capacity = new Dictionary<string, Quantity> { ["cpu"] = Quantity.FromValue(4), ["memory"] = Quantity.Parse("8Gi") },
            Conditions = [new Condition { Type = NodeConditions.Ready, Status = ConditionStatus.True, Reason = "EngineReady" }],
            Addresses = [new NodeAddress { Type = "InternalIP", Address = "10.0.0.1" }],
            NodeInfo = new NodeSystemInfo { KubeletVersion = "9.9", OsImage = "Debian", KernelVersion = "6.1", ContainerRuntimeVersion = "docker://27", Architecture = "amd64" },
        },
    };
}
