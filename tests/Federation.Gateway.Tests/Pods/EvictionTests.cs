using System.Net;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Client.Agents;
using Federation.Gateway.Tests.Kubectl;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Pods;

public sealed class EvictionTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private const string Evict = """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"POD","namespace":"default"},"deleteOptions":{"gracePeriodSeconds":3}}""";

    [Fact]
    public async Task Delete_Pod_ReachesTheAgentByUidUntilThePodIsGone()
    {
        using var joined = await JoinAsync("evict-a", "ea-1", "ea-2");

        var (code, answer) = await gateway.SendAsync(HttpMethod.Delete, Path("ea-1"));

        code.ShouldBe(HttpStatusCode.OK);
        answer.GetProperty("metadata").GetProperty("deletionGracePeriodSeconds").GetInt64().ShouldBe(20);
        (await gateway.Client.GetAsync<Pod>("ea-1", "default")).IsDeleting.ShouldBeTrue("a read after it shows it");
        (await gateway.Client.GetAsync<Pod>("ea-2", "default")).IsDeleting.ShouldBeFalse();
        var order = (await BookmarkAsync(joined, "evict-a")).ShouldHaveSingleItem();
        (order.Namespace, order.Name, order.Uid, order.GracePeriodSeconds).ShouldBe(("default", "ea-1", "uid-ea-1", 20));

        // Whoever restarts, the order stands.
        await gateway.RestartAsync();
        using var agent = new AgentClient(gateway.Client.Options with { Token = joined.Options.Token });
        (await BookmarkAsync(agent, "evict-a")).ShouldHaveSingleItem().Uid.ShouldBe("uid-ea-1");
        await ReportAsync(agent, "evict-a", 2, full: true, NewPod("ea-1"), NewPod("ea-2"));
        await UntilAsync("ea-1", pod => pod?.IsDeleting == true);

        await agent.ReportAsync("evict-a", new Report { Session = "s", Sequence = 3, RemovedPods = [new PodName("default", "ea-1")] });
        await Eventually.TrueAsync(async () => (await gateway.Client.GetAsync<Cluster>("evict-a")).Status.Evictions.Count == 0, "the order is fulfilled");
        (await BookmarkAsync(agent, "evict-a")).ShouldBeEmpty();
        await UntilAsync("ea-1", pod => pod is null);
        (await gateway.Client.FindAsync<Pod>("ea-2", "default")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Delete_WithPreconditionsOrDryRun_TouchesNothingItShouldNot()
    {
        using var agent = await JoinAsync("evict-b", "eb-1");

        (await gateway.SendAsync(HttpMethod.Delete, Path("eb-1"), """{"preconditions":{"uid":"another"}}""")).Code.ShouldBe(HttpStatusCode.Conflict);
        (await gateway.SendAsync(HttpMethod.Delete, Path("eb-1") + "?dryRun=All")).Code.ShouldBe(HttpStatusCode.OK);
        (await gateway.SendAsync(HttpMethod.Delete, Path("eb-1"), """{"gracePeriodSeconds":-1}""")).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SendAsync(HttpMethod.Delete, Path("no-such-pod"))).Code.ShouldBe(HttpStatusCode.NotFound);

        (await gateway.Client.GetAsync<Cluster>("evict-b")).Status.Evictions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_AgainWithLessGrace_ShortensAndNeverLengthens()
    {
        using var agent = await JoinAsync("evict-c", "ec-1");
        foreach (var grace in (int[])[9, 4, 60])
            await gateway.SendAsync(HttpMethod.Delete, Path("ec-1") + $"?gracePeriodSeconds={grace}");

        (await BookmarkAsync(agent, "evict-c")).ShouldHaveSingleItem().GracePeriodSeconds.ShouldBe(4);
    }

    [Fact]
    public async Task Eviction_Posted_IsTheSameOrder()
    {
        using var agent = await JoinAsync("evict-d", "ed-1");

        var (code, status) = await gateway.SendAsync(HttpMethod.Post, Path("ed-1") + "/eviction", Evict.Replace("POD", "ed-1", StringComparison.Ordinal));

        (code, status.GetProperty("status").GetString()).ShouldBe((HttpStatusCode.Created, "Success"));
        (await BookmarkAsync(agent, "evict-d")).ShouldHaveSingleItem().GracePeriodSeconds.ShouldBe(3);
        (await gateway.SendAsync(HttpMethod.Post, Path("ed-1") + "/eviction", Evict.Replace("POD", "ed-2", StringComparison.Ordinal))).Code.ShouldBe(HttpStatusCode.BadRequest);
        (await gateway.SendAsync(HttpMethod.Get, Path("ed-1") + "/eviction")).Code.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Kubectl_DeletePod_WaitsUntilItIsGoneAndReturns()
    {
        using var kubectl = new KubectlRunner(gateway);
        using var agent = await JoinAsync("evict-e", "ee-1", "ee-2");

        var deleting = kubectl.RunAsync("delete", "pod", "ee-1", "--timeout=60s");
        await UntilAsync("ee-1", pod => pod?.IsDeleting == true);
        (await kubectl.RunAsync("get", "pod", "ee-1", "--no-headers")).ShouldContain("Terminating");
        deleting.IsCompleted.ShouldBeFalse();
        await agent.ReportAsync("evict-e", new Report { Session = "s", Sequence = 2, RemovedPods = [new PodName("default", "ee-1")] });

        (await deleting).ShouldStartWith("pod \"ee-1\" deleted");
        (await kubectl.RunAsync("get", "pods", "-l", "federation.cluster=evict-e", "-o", "name")).ShouldBe("pod/ee-2\n");
    }

    private static string Path(string pod) => $"/api/v1/namespaces/default/pods/{pod}";

    private async Task<AgentClient> JoinAsync(string cluster, params string[] pods)
    {
        var agent = await gateway.JoinAsync(cluster);
        await ReportAsync(agent, cluster, 1, full: true, [.. pods.Select(NewPod)]);
        foreach (var pod in pods)
            await UntilAsync(pod, found => found is not null);
        return agent;
    }

    /// <summary>What the next bookmark orders. A stream begun from the start says everything that is true now.</summary>
    private static async Task<IReadOnlyList<PodEviction>> BookmarkAsync(AgentClient agent, string cluster)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var line in agent.WorksAsync(cluster, 0, null, cancellationToken: deadline.Token))
        {
            if (line.Type == WorkEventType.Bookmark)
                return line.Evictions;
        }

        throw new InvalidOperationException("The stream of works never ends by itself.");
    }

    private Task<Pod?> UntilAsync(string pod, Func<Pod?, bool> condition) =>
        Eventually.ReadAsync(() => gateway.Client.FindAsync<Pod>(pod, "default"), condition, $"pod {pod} is as expected");

    private static Task<ReportAnswer> ReportAsync(AgentClient agent, string cluster, long sequence, bool full, params Pod[] pods) =>
        agent.ReportAsync(cluster, new Report { Session = "s", Sequence = sequence, Full = full, Pods = pods, Inventory = new ClusterInventory { Nodes = 1 } });

    private static Pod NewPod(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = $"uid-{name}", CreationTimestamp = DateTimeOffset.UnixEpoch },
        Spec = new PodSpec { Containers = [new ContainerSpec { Name = "c", Image = "i" }], TerminationGracePeriodSeconds = 20 },
        Status = new PodStatus { Phase = "Running" },
    };
}
