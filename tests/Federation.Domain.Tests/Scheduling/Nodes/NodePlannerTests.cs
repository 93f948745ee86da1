using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes;

namespace Federation.Domain.Tests.Scheduling.Nodes;

public sealed class NodePlannerTests
{
    [Fact]
    public void Plan_NewWork_IsSpreadOverTheNodes()
    {
        var fleet = Three(NodeFleet.Replicas(7));
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Text().ShouldBe("a=3 b=2 c=2");
    }

    [Fact]
    public void Plan_NodeAdded_MovesNothing()
    {
        var fleet = new NodeFleet(NodeFleet.Replicas(4), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        fleet.Set(NodeFleet.Node("c"));
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2");
        fleet.Work = NodeFleet.Replicas(6);
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2 c=2");
    }

    [Fact]
    public void Plan_NodeLost_KeepsItsShareUntilTheFailoverTimeAndThenMovesIt()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Lose("c");
        fleet.Wait(TimeSpan.FromSeconds(9.9));
        var plan = fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2 c=2");
        plan.NextLook.ShouldBe(fleet.Now.AddSeconds(0.1));

        fleet.Wait(TimeSpan.FromSeconds(0.1));
        fleet.Settle();
        fleet.Text().ShouldBe("a=3 b=3 c:Away");
        fleet.Pods.Count(pod => pod.Node == "c").ShouldBe(2, "nothing is deleted because it is missing");

        fleet.Return("c");
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Text().ShouldBe("a=3 b=3", "a node that returns moves nothing");
    }

    [Fact]
    public void Plan_NodeReturnsBeforeItsReplacementsServe_GoesOnServingUntilTheyDo()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Lose("c");
        fleet.Wait(TimeSpan.FromSeconds(10));
        fleet.Execute();
        fleet.Return("c");
        fleet.Report();
        fleet.Execute();
        fleet.Text().ShouldBe("a=3 b=3 c:Away");
        fleet.ReadyPods.ShouldBe(6);
        fleet.Settle();
        fleet.Text().ShouldBe("a=3 b=3");
        fleet.ReadyPods.ShouldBe(6);
    }

    [Fact]
    public void Plan_Drain_MakesBeforeItBreaks()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Change("b", node => node with { Drain = true, Unschedulable = true });
        var plan = fleet.Execute();
        plan.Reason.ShouldBe(NodeReasons.Moving);
        plan.Message.ShouldBe("2 pods stay on b although it is being drained: waiting for their replacements to be ready");
        fleet.Text().ShouldBe("a=3 b=2 c=3");
        fleet.Start(mostReady: 1);
        fleet.Execute();
        fleet.Text().ShouldBe("a=3 b=1 c=3");
        fleet.Settle().Reason.ShouldBeNull();
        fleet.Text().ShouldBe("a=3 c=3");
    }

    [Fact]
    public void Plan_DrainWithoutRoomElsewhere_StaysAndSaysWhy()
    {
        var fleet = new NodeFleet(NodeFleet.Replicas(4), NodeFleet.Node("a", cpu: 200), NodeFleet.Node("b", cpu: 300));
        fleet.Settle();
        fleet.Change("b", node => node with { Drain = true });
        var plan = fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2");
        plan.Reason.ShouldBe(NodeReasons.CannotMove);
        plan.Message.ShouldBe("2 pods stay on b although it is being drained: nothing else has room; Drain refused b (it is being drained); 2 more pods would fit if a had 200m more cpu");
        plan.IsConverged.ShouldBeFalse();
    }

    [Fact]
    public void Plan_EvictionOnACordonedNode_WaitsForItsReplacement()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Change("a", node => node with { Unschedulable = true });
        var pod = fleet.Evict("a");
        fleet.Execute().Forward.ShouldBeEmpty();
        fleet.Text().ShouldBe("a=2 b=3 c=2");
        fleet.ReadyPods.ShouldBe(6);
        fleet.Start();
        var forward = fleet.Execute().Forward.ShouldHaveSingleItem();
        forward.Eviction.Uid.ShouldBe(pod.Uid);
        fleet.Text().ShouldBe("a=1 b=3 c=2");
        fleet.ReadyPods.ShouldBe(6);
        fleet.Settle().IsConverged.ShouldBeTrue();
    }

    [Fact]
    public void Plan_EvictionElsewhere_IsForwardedAtOnce()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Evict("a");
        fleet.Plan().Forward.Length.ShouldBe(1);
        fleet.Change("a", node => node with { Unschedulable = true });
        fleet.Plan().Forward.ShouldBeEmpty();
        fleet.Evict("a", grace: 0);
        fleet.Plan().Forward.Length.ShouldBe(1, "who kills does not wait");
    }

    [Fact]
    public void Plan_EvictionNotGoneYet_IsCountedOnce()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Change("a", node => node with { Unschedulable = true });
        var pod = fleet.Evict("a");
        fleet.Execute();
        fleet.Start();
        var plan = fleet.Plan();
        var next = NodePlanner.Plan(fleet.Input with { Shares = plan.Shares });
        next.Shares.ShouldBe(plan.Shares);
        next.Forward.Select(eviction => eviction.Eviction.Uid).ShouldBe([pod.Uid]);
    }

    [Fact]
    public void Plan_NothingFits_NamesEveryFilterAndWhatIsMissing()
    {
        var fleet = Three(NodeFleet.Replicas(2, spec => spec with { NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" } }));
        fleet.Change("a", node => node with { Labels = new Dictionary<string, string> { ["disk"] = "ssd" }, Free = new ResourceAmounts(50, 0, 1) });
        fleet.Change("b", node => node with { Labels = new Dictionary<string, string> { ["disk"] = "ssd" }, Taints = [new Taint { Key = "gpu", Value = "yes" }] });
        var plan = fleet.Plan();
        plan.Unplaced.ShouldBe(2);
        plan.Reason.ShouldBe(NodeReasons.Unschedulable);
        plan.Message.ShouldBe("2 of 2 pods found no node; Capacity refused a (insufficient cpu); NodeSelector refused c (its labels do not match spec.nodeSelector); "
            + "Taints refused b (gpu=yes:NoSchedule is not tolerated); 2 more pods would fit if a had 150m more cpu and room for 1 more pods");
    }

    [Theory]
    [InlineData(null, "Exists", null, null, true)]
    [InlineData("gpu", "Exists", null, null, true)]
    [InlineData("gpu", "Equal", "yes", "NoSchedule", true)]
    [InlineData("gpu", null, "yes", null, true)]
    [InlineData("gpu", "Equal", "no", null, false)]
    [InlineData("gpu", "Equal", "yes", "NoExecute", false)]
    [InlineData(null, "Equal", "yes", null, false)]
    public void Plan_TaintedNode_TakesWhoToleratesIt(string? key, string? op, string? value, string? effect, bool isTolerated)
    {
        var work = NodeFleet.Replicas(1, spec => spec with { Tolerations = [new Toleration { Key = key, Operator = op, Value = value, Effect = effect }] });
        var fleet = new NodeFleet(work, NodeFleet.Node("a") with { Taints = [new Taint { Key = "gpu", Value = "yes" }] });
        fleet.Plan().Unplaced.ShouldBe(isTolerated ? 0 : 1);
    }

    [Fact]
    public void Plan_PerNode_RunsOnEveryMatchingNodeAlsoCordonedOnes()
    {
        var fleet = new NodeFleet(NodeFleet.PerNode(), NodeFleet.Node("a"), NodeFleet.Node("b") with { Unschedulable = true, Drain = true }, NodeFleet.Node("c") with { Taints = [new Taint { Key = "gpu" }] });
        fleet.Settle();
        fleet.Text().ShouldBe("a=1 b=1");
        fleet.Lose("a");
        fleet.Wait(TimeSpan.FromHours(1));
        fleet.Settle();
        fleet.Text().ShouldBe("a=1 b=1", "a daemon's pod has nowhere else to go");
        fleet.Set(NodeFleet.Node("d"));
        fleet.Settle();
        fleet.Text().ShouldBe("a=1 b=1 d=1");
    }

    [Fact]
    public void Plan_Completions_FillsThePlacesAndMovesWhatALostNodeLeaves()
    {
        var fleet = new NodeFleet(NodeFleet.Job(10, 4), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Execute();
        fleet.Text().ShouldBe("a=0-1 b=2-3");
        fleet.Done["a"] = IndexSet.Of([0]);
        fleet.Report();
        fleet.Execute();
        fleet.Text().ShouldBe("a=0-1,4 b=2-3", "a completed index stays with its node until the parent has noted it");
        fleet.Replicas("a").ShouldBe(2);

        fleet.Work = fleet.Work with { Completions = fleet.Work.Completions! with { Indexes = "1-9" } };
        fleet.Lose("b");
        fleet.Wait(TimeSpan.FromSeconds(10));
        fleet.Execute();
        fleet.Text().ShouldBe("a=1-4 b:Away");
    }

    [Fact]
    public void Plan_NodeFailedTheWork_IsPassedOverWhileAnotherHasRoom()
    {
        var fleet = new NodeFleet(NodeFleet.Replicas(2), NodeFleet.Node("a", cpu: 300), NodeFleet.Node("b", cpu: 300));
        fleet.Settle();
        fleet.Broken.Add("a");
        fleet.Reasons["a"] = "CrashLoopBackOff";
        fleet.Work = fleet.Work with { Replicas = 4 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2", "a crash is the same everywhere: nothing moves for it");
        fleet.Work = fleet.Work with { Replicas = 5 };
        fleet.Execute();
        fleet.Text().ShouldBe("a=2 b=3", "the node that fails is not tried");
        fleet.Work = fleet.Work with { Replicas = 6 };
        fleet.Execute();
        fleet.Text().ShouldBe("a=3 b=3", "unless nothing else has room");
    }

    [Fact]
    public void Plan_MachineCannotRunIt_ItsPodsMoveAndDoNotComeBackAtOnce()
    {
        var fleet = Three(NodeFleet.Replicas(6));
        fleet.Settle();
        fleet.Reasons["b"] = "DiskFull";
        fleet.Broken.Add("b");
        fleet.Work = fleet.Work with { Replicas = 9 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=4 b=2 c=3", "what runs there stays");

        fleet.Reasons.Clear();
        fleet.Broken.Clear();
        fleet.Report();
        fleet.Work = fleet.Work with { Replicas = 10 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=4 b=2 c=4", "it failed a moment ago");
        fleet.Wait(TimeSpan.FromMinutes(2));
        fleet.Work = fleet.Work with { Replicas = 11 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=4 b=3 c=4");
    }

    [Fact]
    public void Plan_NodeJustReturned_IsPassedOverUntilItHasStayed()
    {
        var fleet = new NodeFleet(NodeFleet.Replicas(2), NodeFleet.Node("a"), NodeFleet.Node("b"));
        fleet.Settle();
        fleet.Lose("b");
        fleet.Wait(TimeSpan.FromSeconds(20));
        fleet.Settle();
        fleet.Return("b");
        fleet.Settle();
        fleet.Text().ShouldBe("a=2");
        fleet.Work = fleet.Work with { Replicas = 3 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=3");
        fleet.Wait(TimeSpan.FromSeconds(11));
        fleet.Work = fleet.Work with { Replicas = 4 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=3 b=1");
    }

    [Theory]
    [InlineData(true, "a=4 b=1")]
    [InlineData(false, "a=2 b=1 c=2")]
    public void Plan_WorkWithAVolume_GoesFirstWhereItRuns(bool hasVolume, string expected)
    {
        var work = NodeFleet.Replicas(2, spec => hasVolume ? spec with { Volumes = [new Volume { Name = "data", Named = new NamedVolume() }] } : spec);
        var fleet = new NodeFleet(work, NodeFleet.Node("a", cpu: 400), NodeFleet.Node("b", cpu: 100));
        fleet.Settle();
        fleet.Text().ShouldBe("a=1 b=1");
        fleet.Set(NodeFleet.Node("c"));
        fleet.Work = fleet.Work with { Replicas = 5 };
        fleet.Settle();
        fleet.Text().ShouldBe(expected);
    }

    [Fact]
    public void Plan_ScaledDown_TakesWhatDoesNotServeThenWhatIsCordoned()
    {
        var fleet = Three(NodeFleet.Replicas(9));
        fleet.Broken.Add("c");
        fleet.Settle();
        fleet.Change("b", node => node with { Unschedulable = true });
        fleet.Work = fleet.Work with { Replicas = 6 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=3 b=3");
        fleet.Work = fleet.Work with { Replicas = 4 };
        fleet.Settle();
        fleet.Text().ShouldBe("a=3 b=1");
    }

    [Theory]
    [InlineData(5, "a=1 b=1")]
    [InlineData(6, "a=1 b:Withdrawing")]
    public void Plan_ReportAboutAnEarlierShare_IsNoSignThatTheNewOneServes(long reported, string expected)
    {
        var input = new NodePlanInput
        {
            Work = NodeFleet.Replicas(1),
            Nodes = [NodeFleet.Node("a"), NodeFleet.Node("b") with { Drain = true }],
            Shares = [new NodeShare { Node = "a", Replicas = 1, ActiveAfter = 5 }, new NodeShare { Node = "b", Replicas = 1 }],
            Reports = new Dictionary<string, WorkStatus>
            {
                ["a"] = new() { Uid = "w", Revision = reported, Running = 1, Ready = 1 },
                ["b"] = new() { Uid = "w", Revision = 3, Running = 1, Ready = 1 },
            },
            Revision = 6,
            Now = TestApps.Start,
        };
        string.Join(' ', NodePlanner.Plan(input).Shares.Select(share => share.Replicas > 0 ? $"{share.Node}={share.Replicas}" : $"{share.Node}:{share.Phase}")).ShouldBe(expected);
    }

    [Fact]
    public void Withdraw_NodeAway_WaitsForItsWord()
    {
        var fleet = Three(NodeFleet.Replicas(3));
        fleet.Settle();
        fleet.Lose("b");
        var shares = NodePlanner.Withdraw(fleet.Input);
        shares.ShouldAllBe(share => share.Phase == NodeSharePhase.Withdrawing && share.Replicas == 0);
        shares.Length.ShouldBe(3);
        var gone = new WorkStatus { Uid = "w", Gone = true, Revision = fleet.Input.Revision + 1 };
        var input = fleet.Input with { Shares = shares, Reports = new Dictionary<string, WorkStatus> { ["a"] = gone, ["b"] = gone with { Revision = fleet.Input.Revision }, ["c"] = gone } };
        NodePlanner.Withdraw(input).ShouldHaveSingleItem().Node.ShouldBe("b", "what it said before it was told confirms nothing");
    }

    private static NodeFleet Three(Work work) => new(work, NodeFleet.Node("a"), NodeFleet.Node("b"), NodeFleet.Node("c"));
}
