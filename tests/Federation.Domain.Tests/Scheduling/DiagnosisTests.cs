using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Selectors;
using Federation.Domain.Scheduling;

namespace Federation.Domain.Tests.Scheduling;

public sealed class DiagnosisTests
{
    private static readonly LabelSelector Prod = new() { MatchLabels = new Dictionary<string, string> { ["tier"] = "prod" } };

    [Fact]
    public void Refused_EachFilter_IsNamedWithItsReasonAndItsClusters()
    {
        var placement = new PlacementSpec
        {
            Regions = ["eu"],
            Clusters = Prod,
            Divide = new DivideSpec { Weights = [new DivideWeight { Region = "eu", Weight = 1 }, new DivideWeight { Cluster = "weightless", Weight = 0 }] },
        };
        placement = placement with { Divide = placement.Divide! with { Weights = [placement.Divide.Weights[1], placement.Divide.Weights[0]] } };
        var good = Labelled(Fleet.Cluster("good", "eu"), "prod");

        var refused = Decide(
            TestApps.Web(2, placement: placement),
            good,
            good with { Name = "away", Ready = ConditionStatus.Unknown, NotReadySince = TestApps.Start },
            good with { Name = "cordoned", Unschedulable = true },
            good with { Name = "elsewhere", Region = "us" },
            Labelled(good with { Name = "staging" }, "dev"),
            good with { Name = "tainted", BlockingTaint = "spot=true:NoSchedule" },
            good with { Name = "weightless" },
            good with { Name = "full", Free = new ResourceAmounts(99, ResourceAmounts.Unlimited, 100) },
            good with { Name = "small", Free = new ResourceAmounts(1_000, ResourceAmounts.Unlimited, 0) }).Refused;

        refused.Select(refusal => $"{refusal.Filter}/{refusal.Reason}/{string.Join(',', refusal.Clusters)}/{refusal.Count}").ShouldBe(
        [
            "Capacity/insufficient cpu/full/1",
            "Capacity/too many pods/small/1",
            "ClusterSelector/its labels do not match placement.clusters/staging/1",
            "Ready/nothing was heard from the cluster for longer than its lease/away/1",
            "Region/its region is not among placement.regions/elsewhere/1",
            "Taints/spot=true:NoSchedule/tainted/1",
            "Unschedulable/spec.unschedulable is true/cordoned/1",
            "Weight/no entry of placement.divide.weights with a weight above 0 names it or its region/weightless/1",
        ]);
    }

    [Fact]
    public void Refused_ManyClusters_AreCountedAndTwentyAreNamed()
    {
        var refusal = Decide(TestApps.Web(1), [.. Enumerable.Range(0, 50).Select(i => Fleet.Cluster($"c{i:00}", cpu: 0))]).Refused.ShouldHaveSingleItem();

        refusal.Count.ShouldBe(50);
        refusal.Clusters.Count.ShouldBe(20);
        refusal.Clusters[0].ShouldBe("c00");
    }

    [Fact]
    public void Hints_NoLabelMatches_SaysWhichLabelsThereAre()
    {
        var decision = Decide(TestApps.Web(1, placement: new PlacementSpec { Clusters = Prod }), Labelled(Fleet.Cluster("a"), "dev"), Labelled(Fleet.Cluster("b"), "dev"), Labelled(Fleet.Cluster("c"), "test"));

        decision.Hints.ShouldBe(["no cluster matches placement.clusters {tier: prod}; labels seen: tier=dev (2), tier=test (1)"]);
        decision.Unplaced.ShouldBe(1);
    }

    [Fact]
    public void Hints_NoRegionMatches_SaysWhichRegionsThereAre() =>
        Decide(TestApps.Web(1, placement: new PlacementSpec { Regions = ["mars"] }), Fleet.Cluster("a", "us"), Fleet.Cluster("b", "eu"))
            .Hints.ShouldBe(["placement.regions is [mars]; regions seen: eu (1), us (1)"]);

    [Fact]
    public void Hints_NoCluster_SaysSo()
    {
        var fleet = new Fleet(TestApps.Web(1));
        fleet.Settle();

        fleet.App.Status.Placement!.Hints.ShouldBe(["no cluster has joined the federation"]);
        fleet.Condition(AppConditions.Placed).Reason.ShouldBe("NoFeasibleCluster");
        fleet.Condition(AppConditions.Placed).Message.ShouldBe("1 of 1 replicas found no cluster; no cluster has joined the federation");
    }

    [Fact]
    public void Hints_NotEnoughCpu_NamesTheNearestClustersAndWhatTheyMiss() =>
        Decide(TestApps.Web(5), Fleet.Cluster("us-east", cpu: 250), Fleet.Cluster("eu-west", cpu: 110)).Hints.ShouldBe(
            ["2 more replicas would fit if us-east had 150m more cpu", "2 more replicas would fit if eu-west had 190m more cpu"]);

    [Fact]
    public void Scores_PlacedClustersFirst_WithTheReason()
    {
        var scores = Decide(TestApps.Web(2), Fleet.Cluster("a-1", "a"), Fleet.Cluster("a-2", "a"), Fleet.Cluster("b-1", "b")).Scores;

        scores.Select(score => (score.Cluster, score.Replicas)).ShouldBe([("a-1", 1), ("b-1", 1), ("a-2", 0)]);
        scores[0].Why.ShouldBe("choice 1 of region a, room for 100");
        scores[2].Score.ShouldBeLessThan(scores[0].Score);
    }

    [Fact]
    public void Decision_NothingChanged_IsKeptWithItsTime()
    {
        var fleet = new Fleet(TestApps.Web(2), Fleet.Cluster("a"), Fleet.Cluster("b"));
        fleet.Settle();
        var decision = fleet.App.Status.Placement;
        fleet.Wait(TimeSpan.FromHours(1));
        fleet.Set(fleet["a"] with { Free = new ResourceAmounts(5_000, ResourceAmounts.Unlimited, 50) });

        fleet.Plan().IsEmpty.ShouldBeTrue();
        fleet.App.Status.Placement.ShouldBeSameAs(decision);
    }

    [Fact]
    public void Spread_MinimumOfRegions_IsMetEvenWhereTheWeightsWouldNot()
    {
        var placement = new PlacementSpec
        {
            Spread = [new SpreadConstraint { By = SpreadTopology.Region, Min = 2 }],
            Divide = new DivideSpec { Weights = [new DivideWeight { Region = "us", Weight = 100 }, new DivideWeight { Region = "eu", Weight = 1 }] },
        };
        var fleet = new Fleet(TestApps.Web(3, placement: placement), Fleet.Cluster("us-1", "us"), Fleet.Cluster("eu-1", "eu"));
        fleet.Settle();

        fleet.Text().ShouldBe("eu-1=1 us-1=2");
        fleet.Plan().IsConverged.ShouldBeTrue();
    }

    [Fact]
    public void Spread_MinimumCannotBeMet_PlacesEverythingAndSaysSo()
    {
        var fleet = new Fleet(
            TestApps.Web(3, placement: new PlacementSpec { Spread = [new SpreadConstraint { By = SpreadTopology.Region, Min = 2 }] }), Fleet.Cluster("us-1", "us"), Fleet.Cluster("us-2", "us"));
        fleet.Settle();

        fleet.Text().ShouldBe("us-1=2 us-2=1");
        var placed = fleet.Condition(AppConditions.Placed);
        (placed.Status, placed.Reason).ShouldBe((ConditionStatus.True, "SpreadNotMet"));
        fleet.App.Status.Placement!.Hints.ShouldBe(["placement.spread asks for at least 2 by region, and only 1 can run the app (region us)"]);
    }

    [Fact]
    public void Spread_MaximumOfClusters_KeepsTheHoldersAndNamesTheRest()
    {
        var placement = new PlacementSpec { Spread = [new SpreadConstraint { By = SpreadTopology.Cluster, Max = 2 }] };
        var fleet = new Fleet(TestApps.Web(4, placement: placement), Fleet.Cluster("b"), Fleet.Cluster("c"));
        fleet.Settle();
        fleet.Set(Fleet.Cluster("a"));
        fleet.Settle();

        fleet.Text().ShouldBe("b=2 c=2");
        fleet.App.Status.Placement!.Refused.ShouldHaveSingleItem().Clusters.ShouldBe(["a"]);
    }

    [Fact]
    public void Spread_MaximumWithoutRoom_TakesTheRoomierRegion()
    {
        var placement = new PlacementSpec { Spread = [new SpreadConstraint { By = SpreadTopology.Region, Max = 1 }] };
        var fleet = new Fleet(TestApps.Web(4, placement: placement), Fleet.Cluster("a", "a", cpu: 200), Fleet.Cluster("b", "b", cpu: 1_000));
        fleet.Settle();

        fleet.Text().ShouldBe("b=4");
    }

    private static ClusterSnapshot Labelled(ClusterSnapshot cluster, string tier) => cluster with { Labels = new Dictionary<string, string> { ["tier"] = tier, ["other"] = "x" } };

    private static PlacementDecision Decide(App app, params ClusterSnapshot[] clusters)
    {
        var fleet = new Fleet(app, clusters);
        fleet.Execute();
        return fleet.App.Status.Placement!;
    }
}
