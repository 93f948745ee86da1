using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Domain.DnsRecords;

namespace Federation.Domain.Tests.DnsRecords;

public sealed class DnsPlannerTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly Dictionary<string, Cluster> _clusters = new()
    {
        ["us-1"] = Cluster("us-1", "us", "192.0.2.1"),
        ["us-2"] = Cluster("us-2", "us", "192.0.2.2"),
        ["eu-1"] = Cluster("eu-1", "eu", "192.0.2.3 2001:db8::3"),
    };

    [Fact]
    public void Plan_ServingClusters_GiveTheGlobalNameAndOnePerRegion()
    {
        var plan = Plan(Share("us-1", 1), Share("us-2", 2), Share("eu-1", 3));
        plan.Names.Select(name => $"{name.Host}: {Text(name)}").ShouldBe(
        [
            "web.shop.svc: 192.0.2.3 2001:db8::3 192.0.2.1 192.0.2.2",
            "web.shop.svc.eu: 192.0.2.3 2001:db8::3",
            "web.shop.svc.us: 192.0.2.1 192.0.2.2",
        ]);
        (plan.Policy, plan.Ttl).ShouldBe((DnsPolicy.RoundRobin, 5));
        plan.Names[0].Services.ShouldBe([new PlannedService("port-80", 80)]);
    }

    [Fact]
    public void Plan_ClusterWithoutAddressesOfItsOwn_IsAnsweredWithThoseOfItsMachines()
    {
        var cluster = Cluster("us-1", "us", "192.0.2.1");
        _clusters["us-1"] = cluster with { Status = cluster.Status with { Addresses = ["192.0.2.8", "192.0.2.9"] } };
        Text(Plan(Share("us-1", 1)).Names[0]).ShouldBe("192.0.2.1", "what people say comes first");
        _clusters["us-1"] = _clusters["us-1"] with { Spec = cluster.Spec with { Addresses = [] } };
        Text(Plan(Share("us-1", 1)).Names[0]).ShouldBe("192.0.2.8 192.0.2.9");
    }

    // One row of the planner's table each: what us-1 is, what eu-1 is, who is answered, and us-1's reason.
    [Theory]
    [InlineData("serving", "serving", "eu-1 us-1", DnsReasons.Serving)]
    [InlineData("no pod", "serving", "eu-1", DnsReasons.NoReadyPod)]
    [InlineData("unknown", "serving", "eu-1", DnsReasons.ClusterNotReady)]
    [InlineData("not ready", "serving", "eu-1", DnsReasons.ClusterNotReady)]
    [InlineData("still needed", "serving", "eu-1 us-1", DnsReasons.Serving)]
    [InlineData("leaving", "serving", "eu-1", DnsReasons.Leaving)]
    [InlineData("leaving", "no pod", "us-1", DnsReasons.LeavingButLastResort)]
    [InlineData("withdrawing", "serving", "eu-1", DnsReasons.Leaving)]
    [InlineData("away", "serving", "eu-1", DnsReasons.Leaving)]
    [InlineData("scaled to zero", "serving", "eu-1", DnsReasons.Leaving)]
    [InlineData("cluster deleting", "serving", "eu-1", DnsReasons.Leaving)]
    [InlineData("no address", "serving", "eu-1", DnsReasons.NoUsableAddress)]
    [InlineData("no cluster", "serving", "eu-1", DnsReasons.ClusterUnknown)]
    [InlineData("withdrawing", "no pod", "us-1", DnsReasons.LeavingButLastResort)]
    [InlineData("withdrawing", "unknown", "us-1", DnsReasons.LeavingButLastResort)]
    [InlineData("unknown", "withdrawing", "eu-1", DnsReasons.ClusterNotReady)]
    [InlineData("unknown", "no pod", "us-1", DnsReasons.UnreachableButLastResort)]
    [InlineData("unknown", "not ready", "eu-1 us-1", DnsReasons.UnreachableButLastResort)]
    [InlineData("no pod", "no pod", "", DnsReasons.NoReadyPod)]
    [InlineData("no address", "unknown", "eu-1", DnsReasons.NoUsableAddress)]
    public void Plan_TwoClusters_TheBetterStandingAnswers(string us, string eu, string answered, string reasonOfUs)
    {
        var plan = Plan(ShareAs("us-1", us), ShareAs("eu-1", eu));
        string.Join(' ', plan.Clusters.Where(cluster => cluster.IsAnswered).Select(cluster => cluster.Cluster)).ShouldBe(answered);
        plan.Clusters.Single(cluster => cluster.Cluster == "us-1").Reason.ShouldBe(reasonOfUs);
        plan.Names[0].Addresses.SelectMany(address => address.Clusters).Distinct().ShouldBe(answered.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
    }

    [Fact]
    public void Plan_NobodyServes_NameExistsWithoutAddress()
    {
        var plan = Plan(Share("us-1", 0));
        plan.Names.Length.ShouldBe(1);
        plan.Names[0].Addresses.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_AppIsDeleting_IsWithdrawnBeforeItsPodsStop()
    {
        var plan = DnsPlanner.Plan(App(new DnsSpec(), Share("us-1", 1)) with { Metadata = new ObjectMeta { Name = "web", Namespace = "shop", DeletionTimestamp = Then } }, _clusters);
        plan.Names[0].Addresses.ShouldBeEmpty();
        plan.Clusters[0].Reason.ShouldBe(DnsReasons.AppIsDeleting);
    }

    [Theory]
    [InlineData("Web", "shop")]
    [InlineData("a.b", "shop")]
    [InlineData("-web", "shop")]
    [InlineData("web", "")]
    public void Plan_NamesThatAreNoLabels_ArePublishedNowhere(string name, string @namespace)
    {
        var app = App(new DnsSpec(), Share("us-1", 1)) with { Metadata = new ObjectMeta { Name = name, Namespace = @namespace } };
        DnsPlanner.Plan(app, _clusters).Names.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_NotExposed_HasNoName()
    {
        var app = App(new DnsSpec(), Share("us-1", 1));
        DnsPlanner.Plan(app with { Spec = app.Spec with { Expose = [] } }, _clusters).Names.ShouldBeEmpty();
    }

    [Fact]
    public void Plan_WithoutWeights_ClustersWeighTheirReadyPods()
    {
        var plan = Plan(new DnsSpec { Policy = DnsPolicy.Weighted }, Share("us-1", 1), Share("eu-1", 3));
        Ratio(plan).ShouldBe("192.0.2.3=3.00 2001:db8::3=3.00 192.0.2.1=1.00");
    }

    [Fact]
    public void Plan_WithWeights_ARegionsWeightIsSharedByItsReadyPods()
    {
        var spec = Weighted(("eu", null, 1), ("us", null, 4));
        Ratio(Plan(spec, Share("us-1", 1), Share("us-2", 3), Share("eu-1", 50))).ShouldBe("192.0.2.3=1.00 2001:db8::3=1.00 192.0.2.1=1.00 192.0.2.2=3.00");

        // With one of them gone, the region's weight is the other's.
        Ratio(Plan(spec, Share("us-1", 0), Share("us-2", 3), Share("eu-1", 50))).ShouldBe("192.0.2.3=1.00 2001:db8::3=1.00 192.0.2.2=4.00");
    }

    [Fact]
    public void Plan_WithWeights_TheFirstEntryThatFitsCounts()
    {
        var spec = Weighted((null, "us-2", 5), ("us", null, 1));
        Ratio(Plan(spec, Share("us-1", 1), Share("us-2", 1))).ShouldBe("192.0.2.1=1.00 192.0.2.2=5.00");
    }

    [Fact]
    public void Plan_WeightZeroOrNone_IsLeftOutUnlessNothingWouldRemain()
    {
        var spec = Weighted(("eu", null, 0), (null, "us-1", 1));
        var plan = Plan(spec, Share("us-1", 1), Share("us-2", 1), Share("eu-1", 1));
        Ratio(plan).ShouldBe("192.0.2.1=1.00");
        plan.Clusters.Select(cluster => cluster.Reason).ShouldBe([DnsReasons.WeightIsZero, DnsReasons.Serving, DnsReasons.WeightIsZero]);

        Ratio(Plan(spec, Share("us-2", 2), Share("eu-1", 1))).ShouldBe("192.0.2.3=1.00 2001:db8::3=1.00 192.0.2.2=2.00");
    }

    [Fact]
    public void Plan_RoundRobin_IgnoresWeights()
    {
        var spec = Weighted((null, "us-1", 1)) with { Policy = DnsPolicy.RoundRobin };
        Plan(spec, Share("us-1", 1), Share("us-2", 1)).Names[0].Addresses.Length.ShouldBe(2);
    }

    [Fact]
    public void Plan_SeveralAddresses_ShareTheirClustersWeight()
    {
        _clusters["us-1"] = Cluster("us-1", "us", "192.0.2.1 192.0.2.11 192.0.2.1 0.0.0.0 nonsense ::ffff:192.0.2.11");
        Ratio(Plan(new DnsSpec { Policy = DnsPolicy.Weighted }, Share("us-1", 1), Share("us-2", 1))).ShouldBe("192.0.2.1=1.00 192.0.2.11=1.00 192.0.2.2=2.00");
    }

    [Fact]
    public void Plan_ClustersBehindOneAddress_AddTheirWeights()
    {
        _clusters["us-2"] = Cluster("us-2", "us", "192.0.2.1");
        var address = Plan(new DnsSpec { Policy = DnsPolicy.Weighted }, Share("us-1", 1), Share("us-2", 3), Share("eu-1", 1)).Names[0].Addresses[^1];
        address.Clusters.ShouldBe(["us-1", "us-2"]);
        (address.Weight >> 20).ShouldBe(4);
    }

    [Fact]
    public void Plan_SharesInAnyOrder_GiveTheSamePlan()
    {
        var one = Plan(Share("us-1", 1), Share("us-2", 2), Share("eu-1", 3));
        var other = Plan(Share("eu-1", 3), Share("us-2", 2), Share("us-1", 1));
        one.Names.Select(Text).ShouldBe(other.Names.Select(Text));
        one.Clusters.ShouldBe(other.Clusters);
    }

    // What us-1, us-2 and eu-1 have ready, the order, who is answered, and why us-1 is or is not.
    [Theory]
    [InlineData("1 1 1", "region:eu region:us", "eu-1", DnsReasons.StandsBy)]
    [InlineData("1 1 0", "region:eu region:us", "us-1 us-2", DnsReasons.Serving)]
    [InlineData("1 1 1", "cluster:us-2 region:us", "us-2", DnsReasons.StandsBy)]
    [InlineData("1 0 1", "cluster:us-2 region:us", "us-1", DnsReasons.Serving)]
    [InlineData("1 0 1", "cluster:us-2", "eu-1 us-1", DnsReasons.Serving)]
    [InlineData("0 0 0", "region:eu", "", DnsReasons.NoReadyPod)]
    public void Plan_Failover_TheFirstThatCanAnswers(string ready, string order, string answered, string reasonOfUs)
    {
        var pods = ready.Split(' ').Select(int.Parse).ToList();
        var spec = new DnsSpec
        {
            Policy = DnsPolicy.Failover,
            Order = [.. order.Split(' ').Select(text => text.Split(':')).Select(parts => parts[0] == "region" ? new DnsChoice { Region = parts[1] } : new DnsChoice { Cluster = parts[1] })],
        };
        var plan = Plan(spec, Share("us-1", pods[0]), Share("us-2", pods[1]), Share("eu-1", pods[2]));

        plan.Names[0].Addresses.SelectMany(address => address.Clusters).Distinct().ShouldBe(answered.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
        string.Join(' ', plan.Clusters.Where(cluster => cluster.IsAnswered).Select(cluster => cluster.Cluster)).ShouldBe(answered);
        plan.Clusters.Single(cluster => cluster.Cluster == "us-1").Reason.ShouldBe(reasonOfUs);
    }

    [Fact]
    public void Plan_Failover_RegionsNamesAreAnsweredByTheRegion()
    {
        var spec = new DnsSpec { Policy = DnsPolicy.Failover, Order = [new DnsChoice { Region = "eu" }] };
        Plan(spec, Share("us-1", 1), Share("eu-1", 1)).Names.Select(name => $"{name.Host}: {Text(name)}").ShouldBe(
        [
            "web.shop.svc: 192.0.2.3 2001:db8::3",
            "web.shop.svc.eu: 192.0.2.3 2001:db8::3",
            "web.shop.svc.us: 192.0.2.1",
        ]);
    }

    private AppDnsPlan Plan(params ClusterShare[] shares) => Plan(new DnsSpec(), shares);

    private AppDnsPlan Plan(DnsSpec dns, params ClusterShare[] shares) => DnsPlanner.Plan(App(dns, shares), _clusters);

    private static App App(DnsSpec dns, params ClusterShare[] shares) => new()
    {
        Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
        Spec = new AppSpec { Expose = [new ExposeSpec { Port = 80, Dns = dns }] },
        Status = new AppStatus { Clusters = shares },
    };

    private static ClusterShare Share(string cluster, int ready) => new() { Cluster = cluster, Phase = SharePhase.Active, Replicas = 1, Ready = ready };

    private ClusterShare ShareAs(string cluster, string what)
    {
        var share = Share(cluster, what == "no pod" ? 0 : 1);
        var known = _clusters[cluster];
        switch (what)
        {
            case "unknown":
                _clusters[cluster] = WithReady(known, ConditionStatus.Unknown);
                break;
            case "not ready":
                _clusters[cluster] = WithReady(known, ConditionStatus.False);
                break;
            case "cluster deleting":
                _clusters[cluster] = known with { Metadata = known.Metadata with { DeletionTimestamp = Then } };
                break;
            case "no address":
                _clusters[cluster] = known with { Spec = known.Spec with { Addresses = [] } };
                break;
            case "no cluster":
                _clusters.Remove(cluster);
                break;
        }

        return what switch
        {
            "still needed" => share with { Phase = SharePhase.Leaving },
            "leaving" => share with { Phase = SharePhase.Leaving, LeavesAt = Then },
            "withdrawing" => share with { Phase = SharePhase.Withdrawing, Replicas = 0 },
            "away" => share with { Phase = SharePhase.Away, Replicas = 0 },
            "scaled to zero" => share with { Replicas = 0 },
            _ => share,
        };
    }

    private static Cluster Cluster(string name, string region, string addresses) => WithReady(
        new Cluster { Metadata = new ObjectMeta { Name = name }, Spec = new ClusterSpec { Region = region, Addresses = addresses.Split(' ') } },
        ConditionStatus.True);

    private static Cluster WithReady(Cluster cluster, ConditionStatus status) =>
        cluster with { Status = new ClusterStatus { Conditions = [new Condition { Type = ClusterConditions.Ready, Status = status }] } };

    private static DnsSpec Weighted(params (string? Region, string? Cluster, int Weight)[] weights) => new()
    {
        Policy = DnsPolicy.Weighted,
        Weights = [.. weights.Select(weight => new DivideWeight { Region = weight.Region, Cluster = weight.Cluster, Weight = weight.Weight })],
    };

    private static string Text(PlannedName name) => string.Join(' ', name.Addresses.Select(address => address.Address));

    /// <summary>Addresses with their weights, the smallest of which is 1.</summary>
    private static string Ratio(AppDnsPlan plan)
    {
        var smallest = (double)plan.Names[0].Addresses.Min(address => address.Weight);
        return string.Join(' ', plan.Names[0].Addresses.Select(address => $"{address.Address}={address.Weight / smallest:0.00}"));
    }
}
