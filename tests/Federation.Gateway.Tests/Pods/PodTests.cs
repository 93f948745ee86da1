using System.Net;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using Federation.Api.Streams;
using Federation.Client;
using Federation.Client.Agents;
using Federation.TestKit.Waiting;

namespace Federation.Gateway.Tests.Pods;

public sealed class PodTests(GatewayHarness gateway) : IClassFixture<GatewayHarness>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Pods_Reported_AreListedWatchedAndStampedWithTheirCluster()
    {
        using var agent = await gateway.JoinAsync("pods-a", "eu-west");
        var list = await gateway.Client.ListAsync<Pod>();
        using var deadline = new CancellationTokenSource(Deadline);
        await using var watch = gateway.Client.WatchAsync<Pod>(list.ResourceVersion, new ListQuery { LabelSelector = "federation.cluster=pods-a" }, deadline.Token).GetAsyncEnumerator(deadline.Token);

        // The agent does not get to say whose pod it is.
        await ReportAsync(agent, "pods-a", 1, NewPod("pa-1") with { Metadata = NewPod("pa-1").Metadata with { Labels = new Dictionary<string, string> { ["federation.cluster"] = "another" } } });
        var added = await NextAsync(watch);
        (added.Type, added.Object.Metadata.Name, added.Object.Metadata.Labels[PodLabels.Region]).ShouldBe((WatchEventType.Added, "pa-1", "eu-west"));
        await ReportAsync(agent, "pods-a", 2, NewPod("pa-1", ready: true));
        // Also the cluster's becoming ready changes what its pods look like.
        WatchEvent<Pod> modified;
        do
        {
            modified = await NextAsync(watch);
            modified.Type.ShouldBe(WatchEventType.Modified);
        }
        while (!modified.Object.Status.Conditions.IsTrue("Ready"));
        await agent.ReportAsync("pods-a", new Report { Session = "s", Sequence = 3, RemovedPods = [new PodName("default", "pa-1")] });
        WatchEvent<Pod> last;
        do
            last = await NextAsync(watch);
        while (last.Type == WatchEventType.Modified);
        last.Type.ShouldBe(WatchEventType.Deleted);

        (await gateway.Client.ListAsync<Pod>(new ListQuery { LabelSelector = "federation.cluster=pods-a" })).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Pods_OfAnotherCluster_CannotBeTakenOver()
    {
        using var owner = await gateway.JoinAsync("pods-b", "eu-west");
        using var thief = await gateway.JoinAsync("pods-c", "eu-west");
        await ReportAsync(owner, "pods-b", 1, NewPod("pb-1"));
        await UntilPodAsync("pb-1", pod => pod is not null);

        await ReportAsync(thief, "pods-c", 1, NewPod("pb-1"), NewPod("pc-1"));
        await UntilPodAsync("pc-1", pod => pod is not null);
        await thief.ReportAsync("pods-c", new Report { Session = "s", Sequence = 2, RemovedPods = [new PodName("default", "pb-1"), new PodName("default", "pc-1")] });
        await UntilPodAsync("pc-1", pod => pod is null);

        (await gateway.Client.GetAsync<Pod>("pb-1", "default")).Metadata.Labels[PodLabels.Cluster].ShouldBe("pods-b");
    }

    [Fact]
    public async Task Pods_ClusterLost_AreUnknownUntilItIsBack()
    {
        using var agent = await gateway.JoinAsync("pods-d");
        await ReportAsync(agent, "pods-d", 1, NewPod("pd-1", ready: true));
        await UntilPodAsync("pd-1", pod => pod?.Status.Phase == "Running");

        // No heartbeat: the lease of five seconds runs out.
        var lost = await UntilPodAsync("pd-1", pod => pod?.Status.Phase == "Unknown");
        lost!.Status.Reason.ShouldBe("NodeLost");
        (await RowAsync("pd-1"))[2].ShouldBe("NodeLost");

        await agent.ReportAsync("pods-d", new Report { Session = "s", Sequence = 2 });
        await UntilPodAsync("pd-1", pod => pod?.Status.Phase == "Running");
    }

    [Fact]
    public async Task Pods_ResourceVersionFromBeforeARestart_IsExpired()
    {
        using var agent = await gateway.JoinAsync("pods-e");
        await ReportAsync(agent, "pods-e", 1, NewPod("pe-1"));
        await UntilPodAsync("pe-1", pod => pod is not null);
        var old = (await gateway.Client.ListAsync<Pod>()).ResourceVersion;
        await gateway.RestartGatewayAsync();

        var refused = await Should.ThrowAsync<StatusException>(async () =>
        {
            await foreach (var _ in gateway.Client.WatchAsync<Pod>(old))
            {
            }
        });

        refused.IsExpired.ShouldBeTrue();
        await UntilPodAsync("pe-1", pod => pod is not null);
    }

    [Fact]
    public async Task Log_Followed_ComesThroughTheAgentAsItIsWritten()
    {
        using var agent = await gateway.JoinAsync("pods-f");
        await ReportAsync(agent, "pods-f", 1, NewPod("pf-1"));
        await UntilPodAsync("pf-1", pod => pod is not null);
        using var deadline = new CancellationTokenSource(Deadline);
        var second = new TaskCompletionSource();
        StreamRequest? asked = null;
        var answering = Task.Run(async () =>
        {
            await foreach (var request in agent.StreamRequestsAsync("pods-f", cancellationToken: deadline.Token))
            {
                asked = request;
                await using var stream = await agent.OpenStreamAsync("pods-f", request.Id, deadline.Token);
                await stream.WriteAsync(StreamChannel.Output, "first\n"u8.ToArray(), deadline.Token);
                await second.Task.WaitAsync(deadline.Token);
                await stream.WriteAsync(StreamChannel.Output, "second\n"u8.ToArray(), deadline.Token);
                await stream.CloseAsync(deadline.Token);
                return;
            }
        });

        Stream? log = null;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    log = await gateway.Client.ReadLogAsync("pf-1", "default", new LogQuery { Follow = true, TailLines = 10, Timestamps = true });
                    return true;
                }
                catch (StatusException notConnectedYet) when (notConnectedYet.Code == 503)
                {
                    return false;
                }
            },
            "the agent's stream of requests is connected");
        using var lines = new StreamReader(log!);

        (await lines.ReadLineAsync(deadline.Token)).ShouldBe("first");
        second.SetResult();
        (await lines.ReadLineAsync(deadline.Token)).ShouldBe("second");
        (await lines.ReadLineAsync(deadline.Token)).ShouldBeNull();
        await answering;
        (asked!.Pod, asked.Container, asked.Follow, asked.TailLines, asked.Timestamps, asked.Previous).ShouldBe(("pf-1", "c", true, 10, true, false));
    }

    [Fact]
    public async Task Log_Refused_SaysWhy()
    {
        using var agent = await gateway.JoinAsync("pods-g");
        await ReportAsync(agent, "pods-g", 1, NewPod("pg-1"));
        await UntilPodAsync("pg-1", pod => pod is not null);

        var notConnected = await Should.ThrowAsync<StatusException>(() => gateway.Client.ReadLogAsync("pg-1", "default"));
        (notConnected.Code, notConnected.Message).ShouldBe((503, "the agent of cluster pods-g is not connected to this gateway"));
        var noContainer = await Should.ThrowAsync<StatusException>(() => gateway.Client.ReadLogAsync("pg-1", "default", new LogQuery { Container = "none" }));
        noContainer.Code.ShouldBe(400);

        using var deadline = new CancellationTokenSource(Deadline);
        var answering = Task.Run(async () =>
        {
            await foreach (var request in agent.StreamRequestsAsync("pods-g", cancellationToken: deadline.Token))
                await agent.PostStreamErrorAsync("pods-g", request.Id, 404, "the container has no log yet", deadline.Token);
        });
        var refused = await Eventually.ReadAsync(
            async () => await Should.ThrowAsync<StatusException>(() => gateway.Client.ReadLogAsync("pg-1", "default")), answer => answer.Code != 503, "the agent answers");
        (refused.Code, refused.Message).ShouldBe((404, "the container has no log yet"));
        await deadline.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => answering);
    }

    [Fact]
    public async Task Log_AgentThatIsSilent_TimesOut()
    {
        using var agent = await gateway.JoinAsync("pods-h");
        await ReportAsync(agent, "pods-h", 1, NewPod("ph-1"));
        await UntilPodAsync("ph-1", pod => pod is not null);
        using var deadline = new CancellationTokenSource(Deadline);
        await using var requests = agent.StreamRequestsAsync("pods-h", cancellationToken: deadline.Token).GetAsyncEnumerator(deadline.Token);
        var first = requests.MoveNextAsync().AsTask();

        var refused = await Eventually.ReadAsync(
            async () => await Should.ThrowAsync<StatusException>(() => gateway.Client.ReadLogAsync("ph-1", "default")), answer => !answer.Message.Contains("not connected"), "the agent is connected");

        refused.Message.ShouldBe("the agent of cluster pods-h did not answer within 3 s");
        await first;
        await Should.ThrowAsync<StatusException>(() => agent.OpenStreamAsync("pods-h", requests.Current.Id, deadline.Token));
    }

    private async Task<Pod?> UntilPodAsync(string name, Func<Pod?, bool> condition) =>
        await Eventually.ReadAsync(() => gateway.Client.FindAsync<Pod>(name, "default"), condition, $"pod {name} is as expected");

    private async Task<List<string>> RowAsync(string pod)
    {
        var (code, table) = await gateway.SendAsync(HttpMethod.Get, $"/api/v1/namespaces/default/pods/{pod}", accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
        code.ShouldBe(HttpStatusCode.OK);
        return [.. table.GetProperty("rows")[0].GetProperty("cells").EnumerateArray().Select(cell => cell.ToString())];
    }

    private static async Task<WatchEvent<Pod>> NextAsync(IAsyncEnumerator<WatchEvent<Pod>> watch)
    {
        do
        {
            (await watch.MoveNextAsync()).ShouldBeTrue();
        }
        while (watch.Current.Type == WatchEventType.Bookmark);

        return watch.Current;
    }

    private static Task<ReportAnswer> ReportAsync(AgentClient agent, string cluster, long sequence, params Pod[] pods) =>
        agent.ReportAsync(cluster, new Report { Session = "s", Sequence = sequence, Full = sequence == 1, Pods = pods, Inventory = new ClusterInventory { Nodes = 1 } });

    private static Pod NewPod(string name, bool ready = false) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Uid = $"uid-{name}", CreationTimestamp = DateTimeOffset.UnixEpoch },
        Spec = new PodSpec { Containers = [new ContainerSpec { Name = "c", Image = "i" }] },
        Status = new PodStatus { Phase = "Running", Conditions = [new Condition { Type = "Ready", Status = ready ? ConditionStatus.True : ConditionStatus.False }] },
    };
}
