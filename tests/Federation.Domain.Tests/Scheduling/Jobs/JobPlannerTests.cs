using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Api.Jobs;
using Federation.Api.Meta;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Jobs;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Scheduling.Jobs;

public sealed class JobPlannerTests
{
    [Fact]
    public void Plan_ThreeEqualClusters_EachGetsAThirdInARow()
    {
        var fleet = new JobFleet(9, 3, Cluster("a"), Cluster("b"), Cluster("c"));

        fleet.Settle();

        fleet.Text().ShouldBe("open 0-8; a:Active:1[0-2] b:Active:1[3-5] c:Active:1[6-8]");
    }

    [Fact]
    public void Plan_OneClusterIsDoneEarly_TakesWhatOthersHaveNotBegun()
    {
        var fleet = new JobFleet(8, 2, Cluster("a"), Cluster("b"));
        fleet.Settle();
        for (var round = 0; round < 4; round++)
        {
            fleet.Run((cluster, _) => cluster == "a" ? true : null);
            fleet.Report();
        }

        fleet.Settle();

        fleet.IndexesOf("b").Contains(4).ShouldBeTrue("b runs its first index, and keeps it");
        fleet.Job.Status.Clusters.ShouldAllBe(share => share.Replicas == 1);
        fleet.IndexesOf("a").Count.ShouldBe(2);
    }

    [Fact]
    public void Plan_LastIndexesRun_NoneMovesThoughOthersAreIdle()
    {
        var fleet = new JobFleet(6, 6, Cluster("a"), Cluster("b"), Cluster("c"));
        fleet.Settle();
        fleet.Run((cluster, _) => cluster == "a" ? null : true);
        fleet.Report();
        var before = fleet.IndexesOf("a");

        fleet.Settle();

        before.Count.ShouldBe(2);
        fleet.IndexesOf("a").ShouldBe(before);
    }

    [Fact]
    public void Plan_ClusterAway_KeepsItsIndexesUntilFailoverAfterAndNotLonger()
    {
        var fleet = new JobFleet(4, 2, Cluster("a"), Cluster("b"));
        fleet.Settle();
        var mine = fleet.IndexesOf("a");
        fleet.Lose("a");

        fleet.Wait(TimeSpan.FromSeconds(9));
        var waiting = fleet.Settle();
        fleet.IndexesOf("a").ShouldBe(mine);
        waiting.DueAt.ShouldBe(fleet.Now + TimeSpan.FromSeconds(1));

        fleet.Wait(TimeSpan.FromSeconds(1));
        fleet.Settle();
        fleet.IndexesOf("a").IsEmpty.ShouldBeTrue();
        fleet.IndexesOf("b").ShouldBe(IndexSet.Below(4));
        fleet.Job.Status.Clusters[0].Phase.ShouldBe(SharePhase.Away);
    }

    [Fact]
    public void Plan_CompletedWhileAway_IsNotedWhenItIsBack()
    {
        var fleet = new JobFleet(4, 2, Cluster("a"), Cluster("b"));
        fleet.Settle();
        fleet.Run((_, _) => null);
        fleet.Lose("a");
        fleet.Wait(TimeSpan.FromMinutes(1));
        fleet.Settle();
        fleet.Run((cluster, _) => cluster == "a" ? true : null);

        fleet.Return("a");
        fleet.Report();

        fleet.Progress.Completed.ShouldBe(IndexSet.Of([0]));
        fleet.Settle();
        fleet.IndexesOf("b").Contains(0).ShouldBeFalse("what is noted runs nowhere");
    }

    [Fact]
    public void Plan_Complete_SharesStayForTheLogsAndAskForNothing()
    {
        var fleet = new JobFleet(2, 2, Cluster("a"), Cluster("b"));
        fleet.Settle();
        fleet.Run((_, _) => true);
        fleet.Report();

        fleet.Settle().IsConverged.ShouldBeTrue();

        fleet.Job.Status.Clusters.ShouldAllBe(share => share.Phase == SharePhase.Active && share.Replicas == 0 && share.Indexes == null);
        WorkRenderer.Render(fleet.Job, "a").ShouldBeOfType<WorkRendering.Run>().Work.Completions!.Indexes.ShouldBe("");
    }

    [Fact]
    public void Plan_NoCompletions_IsCompleteAtOnce()
    {
        var fleet = new JobFleet(0, 1, Cluster("a"));

        fleet.Settle();

        fleet.Job.Status.Conditions.IsTrue(JobConditions.Complete).ShouldBeTrue();
    }

    [Fact]
    public void Plan_NoRoomForAll_RunsFewerAtATimeAndSaysSo()
    {
        var fleet = new JobFleet(5, 4, Cluster("a", pods: 2));

        fleet.Settle();

        fleet.Text().ShouldBe("open 0-4; a:Active:2[0-4]");
        fleet.Job.Status.Placement!.Unplaced.ShouldBe(2);
        fleet.Job.Status.Conditions.Find(AppConditions.Placed)!.Reason.ShouldBe("InsufficientCapacity");
    }

    [Fact]
    public void Note_FailureReportedByAnother_DoesNotCount()
    {
        var fleet = new JobFleet(4, 2, Cluster("a"), Cluster("b"));
        fleet.Settle();

        JobProgress.Note(fleet.Job, "b", new WorkStatus { Failed = "0" }).ShouldBeSameAs(fleet.Job);
        JobProgress.Note(fleet.Job, "a", new WorkStatus { Failed = "0" }).Status.FailedIndexes.ShouldBe("0");
    }

    [Fact]
    public void Note_IndexesThatDoNotExist_AreNotNoted()
    {
        var fleet = new JobFleet(4, 2, Cluster("a"));
        fleet.Settle();

        JobProgress.Note(fleet.Job, "a", new WorkStatus { Succeeded = "3-9,nonsense" }).Status.CompletedIndexes.ShouldBe("3");
    }

    private static ClusterSnapshot Cluster(string name, int pods = 50) => new()
    {
        Name = name,
        Region = "r",
        Ready = ConditionStatus.True,
        Free = new ResourceAmounts(1000, ResourceAmounts.Unlimited, pods),
    };
}
