using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Api.Quantities;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.ClusterRole;

/// <summary>A cluster agent and its nodes together: what happens when one of them, or what is between them, fails.</summary>
public sealed class RegionTests : IAsyncLifetime
{
    private readonly RegionFixture _region = RegionFixture.Start(nodes: 3);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _region.DisposeAsync().AsTask();

    [Fact]
    public async Task Apply_ThreeNodes_RunsSpreadAndReportsTheSum()
    {
        await RunSixAsync();

        _region.Spread.ShouldBe([2, 2, 2]);
        _region.ControlPlane.Pods.Select(pod => pod.Metadata.Name).Distinct().Count().ShouldBe(6);
        _region.ControlPlane.Pods.Select(pod => pod.Spec.NodeName).Distinct().Order().ShouldBe(["us-east-1.n1", "us-east-1.n2", "us-east-1.n3"]);
        _region.ControlPlane.Pods.ShouldAllBe(pod => pod.Status.HostIP!.StartsWith("127.0.1."));
        var status = _region.ControlPlane.StatusOf("uid-web")!;
        (status.Desired, status.Updated, status.Orphan, status.Gone, status.Reason).ShouldBe((6, 6, false, false, null));
        await _region.UntilAsync(() => _region.ControlPlane.Inventory is { Nodes: 3, Addresses.Count: 3 }, "the machines are summed up");
        _region.ControlPlane.Inventory!.Capacity["cpu"].ToString().ShouldBe("24");
    }

    [Fact]
    public async Task Status_NodeHasNotTheNewestWork_DoesNotClaimItsRevision()
    {
        await RunSixAsync();
        var before = _region.ControlPlane.StatusOf("uid-web")!.Revision;
        _region["n2"].Link.IsCut = true;

        var revision = _region.ControlPlane.Apply(TestWorks.Web(6, hash: "hash-2", image: "web:2"));
        await _region.PassAsync(TimeSpan.FromSeconds(2));

        _region.ControlPlane.StatusOf("uid-web")!.Revision.ShouldBe(before);
        _region["n2"].Link.IsCut = false;
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-web")!.Revision == revision, "every node has it");
        await _region.UntilReadyAsync(6);
        _region.ControlPlane.StatusOf("uid-web")!.TemplateHash.ShouldBe("hash-2");
    }

    [Fact]
    public async Task NodeLost_ItsPodsMove_AndWhenItReturnsTheSurplusGoes()
    {
        await RunSixAsync();
        var lost = _region["n3"];
        lost.Link.IsCut = true;

        await _region.UntilAsync(() => NodeReason("n3") == "NodeSilent", "the node is not Ready");
        _region.ControlPlane.StatusOf("uid-web")!.Ready.ShouldBe(4);
        _region.Spread.ShouldBe([2, 2, 2], "its share stays for a while");
        await _region.UntilAsync(() => _region.Spread is [3, 3, 2], "its share runs elsewhere");
        lost.RunningIds.Length.ShouldBe(2, "nobody told it anything");
        lost.Link.IsCut = false;

        await _region.UntilAsync(() => _region.RunningIds.Length == 6, "the surplus goes");
        await _region.UntilReadyAsync(6);
        await _region.UntilAsync(() => _region.ControlPlane.Pods.Count == 6, "the pods that went are reported");
    }

    [Fact]
    public async Task NodeSilentForLessThanTheLease_NothingMoves()
    {
        await RunSixAsync();
        var running = _region.RunningIds;

        _region["n1"].Link.IsCut = true;
        await _region.PassAsync(TimeSpan.FromSeconds(4));
        _region["n1"].Link.IsCut = false;
        await _region.PassAsync(TimeSpan.FromSeconds(20));

        _region.RunningIds.ShouldBe(running);
        NodeReason("n1").ShouldBe("EngineReady");
    }

    [Fact]
    public async Task NodeAgentKilled_ItsPodsGoOn_AndTheNextAgentAdoptsThemWithoutItsDisk()
    {
        await RunSixAsync();
        var running = _region.RunningIds;

        await _region["n2"].KillAsync();
        _region["n2"].LoseData();
        await _region.PassAsync(TimeSpan.FromSeconds(3));
        _region["n2"].Start();
        await _region.PassAsync(TimeSpan.FromSeconds(20));

        _region.RunningIds.ShouldBe(running);
        await _region.UntilReadyAsync(6);
        _region.ControlPlane.StatusOf("uid-web")!.Orphan.ShouldBeFalse();
    }

    [Fact]
    public async Task ClusterAgentKilled_NodesKeepAndRestartPods()
    {
        await RunSixAsync();
        await _region.KillClusterAsync();
        var victim = _region["n1"].RunningIds[0];

        _region["n1"].Engine.Crash(victim);

        await _region.UntilAsync(() => _region["n1"].RunningIds is { Length: 2 } ids && !ids.Contains(victim), "the node restarts it");
        await _region.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(200));
        _region.Spread.ShouldBe([2, 2, 2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClusterAgentReplaced_WithOrWithoutItsDisk_AdoptsEverything(bool losesDisk)
    {
        await RunSixAsync();
        var running = _region.RunningIds;
        var pods = PodUids();
        await _region.KillClusterAsync();
        if (losesDisk)
            _region.LoseClusterData();
        await _region.PassAsync(TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(200));

        _region.StartCluster(losesDisk ? [] : null);
        await _region.PassAsync(TimeSpan.FromSeconds(30));

        _region.RunningIds.ShouldBe(running);
        await _region.UntilReadyAsync(6);
        PodUids().ShouldBe(pods);
        var status = _region.ControlPlane.StatusOf("uid-web")!;
        (status.Revision, status.Orphan, status.Reason).ShouldBe((1, false, null));
    }

    [Fact]
    public async Task ClusterAgentReplaced_SharesAreOnesOwn_ScalingGoesOnFromThere()
    {
        await RunSixAsync();
        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.StartCluster([]);

        _region.ControlPlane.Apply(TestWorks.Web(3));

        await _region.UntilReadyAsync(3);
        await _region.UntilAsync(() => _region.Spread is [1, 1, 1], "each node gives one up");
    }

    [Fact]
    public async Task ClusterAgentReplaced_SharesWereUneven_TheyStayWhereTheyAre()
    {
        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Unschedulable = true });
        await RunSixAsync();
        _region.Spread.ShouldBe([0, 3, 3]);
        var running = _region.RunningIds;
        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.ControlPlane.Wish();

        _region.StartCluster([]);
        await _region.PassAsync(TimeSpan.FromSeconds(30));

        _region.RunningIds.ShouldBe(running);
        await _region.UntilReadyAsync(6);
    }

    [Fact]
    public async Task LinkCutForHours_NodeDies_ItsPodsRunElsewhere()
    {
        await RunSixAsync();
        _region.ControlPlane.IsCut = true;
        await _region.PassAsync(TimeSpan.FromHours(2), TimeSpan.FromSeconds(4));
        await _region["n1"].KillAsync();

        await _region.UntilAsync(() => _region.Spread is [2, 3, 3], "its share runs elsewhere", TimeSpan.FromMilliseconds(100));
        await _region.PassAsync(TimeSpan.FromHours(1), TimeSpan.FromSeconds(4));

        _region.Spread.ShouldBe([2, 3, 3]);
        _region.ControlPlane.IsCut = false;
        await _region.UntilReadyAsync(6);
        _region.ControlPlane.Reports[^1].Events.Count.ShouldBeLessThanOrEqualTo(500);
    }

    [Fact]
    public async Task Deleted_NodeWasAway_TheTombstoneWaitsForIt()
    {
        await RunSixAsync();
        _region["n2"].Link.IsCut = true;
        await _region.UntilAsync(() => NodeReason("n2") == "NodeSilent", "the node is not Ready");

        _region.ControlPlane.Delete("uid-web");
        await _region.UntilAsync(() => _region.Spread is [0, 2, 0], "the others have removed it");
        await _region.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(200));

        _region["n2"].RunningIds.Length.ShouldBe(2);
        _region.ControlPlane.StatusOf("uid-web")!.Gone.ShouldBeFalse("one node has not confirmed");
        await _region.KillClusterAsync();
        _region.StartCluster();
        await _region.PassAsync(TimeSpan.FromSeconds(20));
        _region.ControlPlane.StatusOf("uid-web")!.Gone.ShouldBeFalse("a new cluster agent knows that, too");
        _region["n2"].Link.IsCut = false;
        await _region.UntilAsync(() => _region["n2"].RunningIds.IsEmpty, "it is removed there, too");
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-web")!.Gone, "every node has confirmed");
    }

    [Fact]
    public async Task Deleted_LostNodeIsForgotten_TheWorkIsGone()
    {
        await RunSixAsync();
        _region["n2"].Link.IsCut = true;
        await _region.UntilAsync(() => NodeReason("n2") == "NodeSilent", "the node is not Ready");
        _region.ControlPlane.Delete("uid-web");
        await _region.UntilAsync(() => _region.Spread is [0, 2, 0], "the others have removed it");

        _region.Cluster!.Forget("us-east-1.n2");

        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-web")!.Gone, "nobody is waited for");
        await _region.UntilAsync(() => _region.ControlPlane.Nodes.Count == 2, "the node is not reported any more");
    }

    [Fact]
    public async Task Removed_MeanwhileNodeLostItsShare_NothingIsDeletedForBeingMissing()
    {
        await RunSixAsync();
        var running = _region["n1"].RunningIds;
        await _region.KillClusterAsync();
        _region.LoseClusterData();
        _region.ControlPlane.LoseMemory();

        _region.StartCluster([]);
        await _region.PassAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(100));

        _region["n1"].RunningIds.ShouldBe(running);
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-web") is { Orphan: true, Running: 6 }, "it is reported as an orphan");
    }

    [Fact]
    public async Task Drain_EachPodStopsOnceItsReplacementIsReady()
    {
        await RunSixAsync();
        var fewest = int.MaxValue;

        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Drain = true });

        await _region.UntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, _region.RunningIds.Length);
                return _region.Spread is [0, 3, 3];
            },
            "the node is empty");
        fewest.ShouldBeGreaterThanOrEqualTo(6);
        await _region.UntilReadyAsync(6);
        _region.ControlPlane.Wish();
        await _region.PassAsync(TimeSpan.FromSeconds(10));
        _region.ControlPlane.Apply(TestWorks.Web(9));
        await _region.UntilAsync(() => _region.Spread is [3, 3, 3], "the node takes pods again");
    }

    [Fact]
    public async Task Wishes_OutliveTheClusterAgentWhileTheLinkIsCut()
    {
        _region.ControlPlane.Wish(new NodeSettings { Name = "n1", Unschedulable = true });
        _region.ControlPlane.Apply(TestWorks.Web(4));
        await _region.UntilReadyAsync(4);
        _region.Spread.ShouldBe([0, 2, 2]);
        _region.ControlPlane.IsCut = true;
        await _region.KillClusterAsync();
        await _region["n3"].KillAsync();

        _region.StartCluster();

        await _region.UntilAsync(() => _region.Spread is [0, 4, 2], "the lost node's share moves, and not to the one that is closed", TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Evicted_OnACordonedNode_IsReplacedElsewhereFirst()
    {
        await RunSixAsync();
        _region.ControlPlane.Wish(new NodeSettings { Name = "n2", Unschedulable = true });
        await _region.PassAsync(TimeSpan.FromSeconds(3));
        var victim = _region.ControlPlane.Pods.First(pod => pod.Spec.NodeName == "us-east-1.n2");
        var fewest = int.MaxValue;

        _region.ControlPlane.Evict(new PodEviction { Namespace = "default", Name = victim.Metadata.Name, Uid = victim.Metadata.Uid!, GracePeriodSeconds = 2 });

        await _region.UntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, _region.RunningIds.Length);
                return _region.ControlPlane.Pods.All(pod => pod.Metadata.Uid != victim.Metadata.Uid);
            },
            "the pod is gone");
        fewest.ShouldBeGreaterThanOrEqualTo(6);
        _region["n2"].RunningIds.Length.ShouldBe(1);
        await _region.UntilReadyAsync(6);
    }

    [Fact]
    public async Task NoRoom_IsSaid_AndTheRoomThatAnotherWorkGivesUpIsUsed()
    {
        // Each node has 8 cores.
        _region.ControlPlane.Apply(Hungry("uid-first", 3, "5"));
        await _region.UntilReadyAsync(3, "uid-first");
        _region.ControlPlane.Apply(Hungry("uid-second", 2, "5"));

        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-second")?.Reason == "Unschedulable", "it is said");
        _region.ControlPlane.StatusOf("uid-second")!.Message.ShouldBe(
            "2 of 2 pods found no node; Capacity refused us-east-1.n1, us-east-1.n2, us-east-1.n3 (insufficient cpu); 2 more pods would fit if us-east-1.n1 had 7 more cpu; "
            + "2 more pods would fit if us-east-1.n2 had 7 more cpu; 2 more pods would fit if us-east-1.n3 had 7 more cpu");
        _region.ControlPlane.Delete("uid-first");

        await _region.UntilReadyAsync(2, "uid-second");
        await _region.UntilAsync(() => _region.ControlPlane.StatusOf("uid-second")!.Reason is null, "it is no longer so");
    }

    [Fact]
    public async Task Endpoints_EachNodeKnowsItsPeers()
    {
        _region.ControlPlane.Apply(TestWorks.Web(2) with { Expose = [new WorkPort { Name = "http", Port = 18080, TargetPort = 80 }] });
        await _region.UntilReadyAsync(2);
        var outbox = _region.Cluster!.Hub.Watch("us-east-1.n3");

        await _region.UntilAsync(() => outbox.LastOrDefault(word => word.Endpoints is not null) is { Endpoints.Peers.Count: > 0 }, "the third node is told");

        var running = _region.Nodes.Where(node => node.RunningIds.Length > 0).Select(node => $"us-east-1.{node.Name}").ToImmutableArray();
        outbox.Last(word => word.Endpoints is not null).Endpoints!.Peers.Select(peer => peer.Node).ShouldBe(running.Where(node => node != "us-east-1.n3"));
    }

    private static Work Hungry(string uid, int replicas, string cpu)
    {
        var work = TestWorks.Web(replicas, uid);
        var container = work.Template.Spec.Containers[0] with { Resources = new ResourceRequirements { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.Parse(cpu) } } };
        return work with { Template = work.Template with { Spec = work.Template.Spec with { Containers = [container] } } };
    }

    private async Task RunSixAsync()
    {
        _region.ControlPlane.Apply(TestWorks.Web(6));
        await _region.UntilReadyAsync(6);
        await _region.UntilAsync(() => _region.ControlPlane.Pods.Count == 6, "the pods are reported");
    }

    private string? NodeReason(string node) =>
        _region.ControlPlane.Nodes.FirstOrDefault(known => known.Metadata.Name == $"us-east-1.{node}")?.Status.Conditions.Find(NodeConditions.Ready)?.Reason;

    private List<string> PodUids() => [.. _region.ControlPlane.Pods.Select(pod => pod.Metadata.Uid!).Order(StringComparer.Ordinal)];
}
