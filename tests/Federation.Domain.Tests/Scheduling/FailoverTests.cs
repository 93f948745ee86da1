using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Scheduling;

public sealed class FailoverTests
{
    private static readonly TimeSpan After = TimeSpan.FromSeconds(10);

    [Fact]
    public void Plan_ClusterGoneForLessThanAfter_KeepsItsShareAndSaysWhenToLookAgain()
    {
        var fleet = Three();
        fleet.Lose("b");
        fleet.Wait(After - TimeSpan.FromTicks(1));

        var plan = fleet.Settle();

        fleet.Text().ShouldBe("a=2 b=2 c=2");
        plan.DueAt.ShouldBe(TestApps.Start + After);
        plan.IsConverged.ShouldBeFalse();
        fleet.App.Status.ReadyReplicas.ShouldBe(4);
        fleet.Condition(AppConditions.Converged).Reason.ShouldBe("ClusterAway");
    }

    [Fact]
    public void Plan_ClusterGoneForAfter_MovesItsShareAndOnlyThat()
    {
        var fleet = Three();
        fleet.Lose("b");
        fleet.Wait(After);

        var plan = fleet.Execute();

        fleet.Text().ShouldBe("a=3 b:Away c=3");
        plan.DueAt.ShouldBeNull();
        plan.Actions.OfType<PlacementAction.Reserve>().Select(reserve => (reserve.Cluster, reserve.Replicas)).ShouldBe([("a", 3), ("c", 3)]);
        var receipt = fleet.App.Status.Placement!.Failover!;
        receipt.Clusters.ShouldBe(["b"]);
        (receipt.Replicas, receipt.DetectedAt, receipt.DecidedAt, receipt.RestoredAt).ShouldBe((2, TestApps.Start, TestApps.Start + After, null));

        fleet.Report();
        fleet.Wait(TimeSpan.FromSeconds(1));
        fleet.Settle();
        fleet.App.Status.Placement!.Failover!.RestoredAt.ShouldBe(TestApps.Start + After + TimeSpan.FromSeconds(1));
        fleet.Condition(AppConditions.Available).Status.ShouldBe(ConditionStatus.True);
    }

    [Fact]
    public void Plan_ClusterLeftOnPurpose_FollowsTheSameRule()
    {
        var fleet = Three();
        fleet.Set(fleet["b"] with { Ready = ConditionStatus.False, NotReadySince = fleet.Now });
        fleet.Execute();
        fleet.Text().ShouldBe("a=2 b=2 c=2");
        fleet.Wait(After);
        fleet.Execute();

        fleet.Text().ShouldBe("a=3 b:Away c=3");
        fleet.App.Status.Placement!.Refused.ShouldHaveSingleItem().Reason.ShouldContain("left");
    }

    [Fact]
    public void Plan_ClusterReturns_TakesPartAgainWithoutEverBeingWithdrawn()
    {
        var fleet = Three();
        fleet.Lose("b");
        fleet.Wait(After);
        fleet.Settle();
        fleet.Return("b");
        fleet.Settle();

        fleet.Text().ShouldBe("a=2 b=2 c=2");
        fleet.Plans.SelectMany(plan => plan.NextStatus.Clusters).ShouldNotContain(share => share.Phase == SharePhase.Withdrawing);
        fleet.Plans[^1].IsConverged.ShouldBeTrue();
    }

    [Fact]
    public void Plan_AwayClusterReturnsAndIsNotNeeded_IsWithdrawnUntilItConfirms()
    {
        var fleet = Three();
        fleet.Lose("b");
        fleet.Wait(After);
        fleet.Settle();
        fleet.Change(spec => spec with { Placement = spec.Placement with { Regions = ["a", "c"] } });
        fleet.Settle();
        fleet.Phase("b").ShouldBe(SharePhase.Away);

        fleet.Return("b");
        fleet.Execute();
        fleet.Phase("b").ShouldBe(SharePhase.Withdrawing);
        fleet.Condition(AppConditions.Converged).Reason.ShouldBe("Withdrawing");
        fleet.App.Status.Clusters.Single(share => share.Cluster == "b").WithdrawnAfter.ShouldNotBeNull();
        fleet.Execute();
        fleet.Phase("b").ShouldBe(SharePhase.Withdrawing);
        fleet.Report();
        fleet.Settle().IsConverged.ShouldBeTrue();
        fleet.Phase("b").ShouldBeNull();
    }

    [Fact]
    public void Plan_ClusterObjectDeleted_LosesItsShareAtOnce()
    {
        var fleet = Three();
        fleet.Remove("b");
        fleet.Settle();

        fleet.Text().ShouldBe("a=3 c=3");
    }

    [Fact]
    public void Plan_NoRoomElsewhere_ReportsWhatIsMissing()
    {
        var fleet = new Fleet(TestApps.Web(4), Fleet.Cluster("a", "a", cpu: 200), Fleet.Cluster("b", "b", cpu: 200));
        fleet.Settle();
        fleet.Lose("b");
        fleet.Wait(After);
        fleet.Settle();

        fleet.Text().ShouldBe("a=2 b:Away");
        fleet.App.Status.Placement!.Unplaced.ShouldBe(2);
        fleet.Condition(AppConditions.Placed).Status.ShouldBe(ConditionStatus.False);
        fleet.App.Status.Placement.Hints.ShouldBe(["1 cluster is not Ready and could take replicas once back", "2 more replicas would fit if a had 200m more cpu"]);
        fleet.App.Status.Placement.Failover!.RestoredAt.ShouldBeNull();
    }

    [Fact]
    public void Plan_SecondClusterLostBeforeTheFirstIsMadeGood_IsOneFailover()
    {
        var fleet = Three();
        fleet.Lose("a");
        fleet.Wait(After);
        fleet.Execute();
        fleet.Lose("b");
        fleet.Wait(After);
        fleet.Execute();

        var receipt = fleet.App.Status.Placement!.Failover!;
        receipt.Clusters.ShouldBe(["a", "b"]);
        receipt.Replicas.ShouldBe(5);
        receipt.DetectedAt.ShouldBe(TestApps.Start);
        fleet.Replicas("c").ShouldBe(6);
    }

    [Fact]
    public void Plan_DeletingApp_WithdrawsFromReadyClustersAndBuriesTheOthers()
    {
        var fleet = Three();
        fleet.Lose("b");
        fleet.Delete();

        var plan = fleet.Execute();

        var bury = plan.Actions.ShouldHaveSingleItem().ShouldBeOfType<PlacementAction.Bury>();
        bury.Cluster.ShouldBe("b");
        bury.Tombstone.ShouldBe(new Tombstone { Uid = "uid-1", Kind = "App", Namespace = "shop", Name = "web", Revision = bury.Tombstone.Revision, Reason = "Deleted" });
        bury.Tombstone.Revision.ShouldBeGreaterThanOrEqualTo(10);
        fleet.Text().ShouldBe("a:Withdrawing c:Withdrawing");
        fleet.Execute().IsEmpty.ShouldBeTrue();

        fleet.Report();
        fleet.Settle();
        fleet.App.Metadata.Finalizers.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_DeletingAppOnDeadClusters_NeverHangs()
    {
        var fleet = Three();
        foreach (var name in (string[])["a", "b", "c"])
            fleet.Lose(name);
        fleet.Delete();

        var plan = fleet.Execute();

        plan.Actions.OfType<PlacementAction.Bury>().Count().ShouldBe(3);
        plan.Actions[^1].ShouldBeOfType<PlacementAction.RemoveFinalizer>();
        fleet.App.Metadata.Finalizers.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_CordonedCluster_KeepsWhatRunsAndTakesNoMore()
    {
        var fleet = Three();
        fleet.Set(fleet["b"] with { Unschedulable = true });
        fleet.Change(spec => spec with { Replicas = 12 });
        fleet.Settle();
        fleet.Text().ShouldBe("a=5 b=2 c=5");
        fleet.Change(spec => spec with { Replicas = 3 });
        fleet.Settle();
        fleet.Text().ShouldBe("a=1 b=1 c=1");
    }

    private static Fleet Three()
    {
        var fleet = new Fleet(TestApps.Web(6), Fleet.Cluster("a", "a"), Fleet.Cluster("b", "b"), Fleet.Cluster("c", "c"));
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2 c=2");
        return fleet;
    }
}
