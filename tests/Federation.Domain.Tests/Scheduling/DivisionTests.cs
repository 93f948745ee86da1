using Federation.Api.Apps;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Scheduling;

public sealed class DivisionTests
{
    [Theory]
    [InlineData(9, "2 1 1", "a=5 b=2 c=2")]
    [InlineData(8, "2 1 1", "a=4 b=2 c=2")]
    [InlineData(7, "1 1 1", "a=3 b=2 c=2")]
    [InlineData(2, "1 1 1", "a=1 b=1")]
    [InlineData(1, "1 3 1", "b=1")]
    [InlineData(10, "70 20 10", "a=7 b=2 c=1")]
    [InlineData(100, "1 1 1", "a=34 b=33 c=33")]
    [InlineData(5, "1 0 0", "a=5")]
    [InlineData(0, "1 1 1", "")]
    public void Weighted_NewApp_RoundsByLargestRemainder(int replicas, string weights, string expected) =>
        Settled(Weighted(replicas, weights), Three()).Text().ShouldBe(expected);

    [Fact]
    public void Weighted_RegionWeight_IsSharedByItsClusters()
    {
        var placement = new PlacementSpec { Divide = new DivideSpec { Weights = [new DivideWeight { Region = "us", Weight = 2 }, new DivideWeight { Region = "eu", Weight = 1 }] } };

        Settled(TestApps.Web(6, placement: placement), Fleet.Cluster("us-1", "us"), Fleet.Cluster("us-2", "us"), Fleet.Cluster("eu-1", "eu"))
            .Text().ShouldBe("eu-1=2 us-1=2 us-2=2");
    }

    [Fact]
    public void Weighted_FirstEntryThatNamesACluster_IsTaken()
    {
        var placement = new PlacementSpec { Divide = new DivideSpec { Weights = [new DivideWeight { Cluster = "us-1", Weight = 1 }, new DivideWeight { Region = "us", Weight = 3 }] } };

        Settled(TestApps.Web(4, placement: placement), Fleet.Cluster("us-1", "us"), Fleet.Cluster("us-2", "us"), Fleet.Cluster("eu-1", "eu"))
            .Text().ShouldBe("us-1=1 us-2=3");
    }

    [Fact]
    public void Weighted_ClusterWithoutRoom_OverflowsToTheOthersByWeight() =>
        Settled(Weighted(9, "2 1 1"), Fleet.Cluster("a", cpu: 100), Fleet.Cluster("b"), Fleet.Cluster("c")).Text().ShouldBe("a=1 b=4 c=4");

    [Fact]
    public void Weighted_NothingHasRoomLeft_ReportsTheRest()
    {
        var fleet = Settled(TestApps.Web(9), Fleet.Cluster("a", cpu: 100), Fleet.Cluster("b", cpu: 250), Fleet.Cluster("c", cpu: 99));

        fleet.Text().ShouldBe("a=1 b=2");
        fleet.App.Status.Placement!.Unplaced.ShouldBe(6);
        fleet.Condition(AppConditions.Placed).Reason.ShouldBe("InsufficientCapacity");
    }

    [Fact]
    public void Weighted_ClusterAdded_MovesOnlyWhatItIsDue()
    {
        var fleet = Settled(TestApps.Web(6), Fleet.Cluster("a"), Fleet.Cluster("b"));
        fleet.Set(Fleet.Cluster("0-new"));
        fleet.Settle();

        fleet.Text().ShouldBe("0-new=2 a=2 b=2");
    }

    [Fact]
    public void Weighted_ScaledUpByOne_TakesNothingFromAnyone()
    {
        var fleet = Settled(TestApps.Web(4), Three());
        fleet.Text().ShouldBe("a=2 b=1 c=1");
        fleet.Change(spec => spec with { Replicas = 5 });
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=2 c=1");
        fleet.Change(spec => spec with { Replicas = 4 });
        fleet.Settle();
        fleet.Text().ShouldBe("a=2 b=1 c=1");
    }

    /// <summary>Rounding everything anew would give 0, 1 and 2: a would lose its replica because d, which held none, went away.</summary>
    [Fact]
    public void Weighted_ClusterLost_RoundingTakesNothingFromTheOthers()
    {
        var fleet = Settled(Weighted(3, "3 5 9 2"), [.. Three(), Fleet.Cluster("d")]);
        fleet.Text().ShouldBe("a=1 b=1 c=1");
        fleet.Remove("d");
        fleet.Settle();

        fleet.Text().ShouldBe("a=1 b=1 c=1");
    }

    [Fact]
    public void Weighted_RemaindersTie_KeepsTheHolder()
    {
        var fleet = Settled(TestApps.Web(1), Fleet.Cluster("b"));
        fleet.Set(Fleet.Cluster("a"));
        fleet.Settle();

        fleet.Text().ShouldBe("b=1");
    }

    [Fact]
    public void Weighted_FewReplicas_GoRoundTheRegions() =>
        Settled(TestApps.Web(3), Fleet.Cluster("a-1", "a"), Fleet.Cluster("a-2", "a"), Fleet.Cluster("a-3", "a"), Fleet.Cluster("b-1", "b"), Fleet.Cluster("c-1", "c"))
            .Text().ShouldBe("a-1=1 b-1=1 c-1=1");

    [Fact]
    public void Capacity_NewApp_DividesByWhatIsFree() =>
        Settled(Mode(DivideMode.Capacity, 6), Fleet.Cluster("a", cpu: 4_000), Fleet.Cluster("b", cpu: 2_000)).Text().ShouldBe("a=4 b=2");

    [Fact]
    public void Capacity_FreeCapacityShifts_MovesNothingThatRuns()
    {
        var fleet = Settled(Mode(DivideMode.Capacity, 6), Fleet.Cluster("a", cpu: 4_000), Fleet.Cluster("b", cpu: 2_000));
        fleet.Set(Fleet.Cluster("b", cpu: 9_000));
        fleet.Plan().IsConverged.ShouldBeTrue();

        fleet.Change(spec => spec with { Replicas = 8 });
        fleet.Settle();
        fleet.Text().ShouldBe("a=5 b=3");
        fleet.Change(spec => spec with { Replicas = 4 });
        fleet.Settle();
        (fleet.Replicas("a") + fleet.Replicas("b")).ShouldBe(4);
        fleet.Replicas("a").ShouldBeLessThanOrEqualTo(5);
        fleet.Replicas("b").ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public void Duplicate_EveryClusterRunsAll_AndWhatDoesNotFitIsReported()
    {
        var fleet = Settled(Mode(DivideMode.Duplicate, 3), Fleet.Cluster("a"), Fleet.Cluster("b", cpu: 200), Fleet.Cluster("c", cpu: 0));

        fleet.Text().ShouldBe("a=3 b=2");
        fleet.App.Status.Placement!.Unplaced.ShouldBe(4);
    }

    private static Fleet Settled(App app, params ClusterSnapshot[] clusters)
    {
        var fleet = new Fleet(app, clusters);
        fleet.Settle();
        return fleet;
    }

    private static ClusterSnapshot[] Three() => [Fleet.Cluster("a"), Fleet.Cluster("b"), Fleet.Cluster("c")];

    private static App Mode(DivideMode mode, int replicas) => TestApps.Web(replicas, placement: new PlacementSpec { Divide = new DivideSpec { Mode = mode } });

    private static App Weighted(int replicas, string weights) => TestApps.Web(replicas, placement: new PlacementSpec
    {
        Divide = new DivideSpec { Weights = [.. weights.Split(' ').Zip("abcd", (weight, name) => new DivideWeight { Cluster = $"{name}", Weight = int.Parse(weight) })] },
    });
}
