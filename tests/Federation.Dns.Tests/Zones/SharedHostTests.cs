using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Zones;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Tests.Zones;

/// <summary>Hosts that several apps share by weight.</summary>
public sealed class SharedHostTests
{
    private const string Us = "192.0.2.1";
    private const string Us2 = "192.0.2.11";
    private const string Eu = "192.0.2.2";

    private readonly PlacedZone _zone = new();

    public SharedHostTests() =>
        Change(new ZoneChange.Listed([], [Objects.Cluster("us-1", Us), Objects.Cluster("us-2", Us2), Objects.Cluster("eu-1", $"{Eu} 2001:db8::2")], []));

    // The weights of blue (in us-1 and us-2) and green (in eu-1), their ready pods in each cluster, and green's part of 10,000 answers.
    [Theory]
    [InlineData(90, 10, 1, 1, 0.1)]
    [InlineData(1, 3, 5, 1, 0.75)]
    [InlineData(100, 0, 1, 1, 0)]
    [InlineData(0, 100, 1, 1, 1)]
    [InlineData(90, 10, 0, 1, 1)]
    [InlineData(90, 10, 1, 0, 0)]
    [InlineData(100, 0, 0, 1, 1)]
    public void Shared_TenThousandAnswers_AreTheWeightsOfAppsWithReadyPods(int blue, int green, int blueReady, int greenReady, double greens)
    {
        Put(App("blue", $"us-1={blueReady} us-2={blueReady}", Host("www", blue)), App("green", $"eu-1={greenReady}", Host("www", green)));
        var counts = Enumerable.Range(0, 10_000).Select(_ => Ask("www.shop.svc").Addresses[0]).CountBy(address => address).ToDictionary();
        (counts.GetValueOrDefault(Eu) / 10_000.0).ShouldBeInRange(greens - 0.01, greens + 0.01);
        if (greens < 1)
            counts[Us].ShouldBeInRange(counts[Us2] - 100, counts[Us2] + 100, "an app's addresses share its part evenly");
        if (greens is 0 or 1)
            Ask("www.shop.svc").Addresses.Count.ShouldBe(greens == 0 ? 2 : 1, "who has no part is not named at all");
    }

    [Fact]
    public void Shared_FamilyThatOneAppHas_IsItsAlone()
    {
        Put(App("blue", "us-1=1", Host("www", 99)), App("green", "eu-1=1", Host("www", 1)));
        Ask("www.shop.svc", "AAAA").Addresses.ShouldBe(["2001:db8::2"]);
        Ask("www.shop.svc.eu").Addresses.ShouldBe([Eu]);
        Ask("www.shop.svc.us").Addresses.ShouldBe([Us]);
    }

    [Fact]
    public void Shared_Services_SayEachAppsNamePortAndWeight()
    {
        var green = App("green", "eu-1=1", Host("www", 10));
        Put(App("blue", "us-1=1", Host("www", 90)), green with { Spec = green.Spec with { Expose = [green.Spec.Expose[0] with { Port = 81 }] } });
        Ask("_http._tcp.www.shop.svc", "SRV").Answers.ShouldBe(
            ["_http._tcp.www.shop.svc.fed.test. 5 SRV 0 90 80 blue.shop.svc.fed.test.", "_http._tcp.www.shop.svc.fed.test. 5 SRV 0 10 81 green.shop.svc.fed.test."], ignoreOrder: true);
        Ask("blue.shop.svc").Addresses.ShouldBe([Us]);
        Ask("green.shop.svc").Addresses.ShouldBe([Eu]);
    }

    [Fact]
    public void Canary_OfAnApp_TakesItsPartOfTheAppsOwnNameAndGivesItBack()
    {
        Put(App("web", "us-1=1"), App("canary", "eu-1=1", Host("web", 25)));
        ShareOf(Eu, "web.shop.svc").ShouldBeInRange(0.19, 0.21, "25 beside the app's 100");
        Explain("web.shop.svc").App.ShouldBe("shop/web");

        Put(App("canary", "eu-1=1"));
        Ask("web.shop.svc").Addresses.ShouldBe([Us]);
        Ask("_http._tcp.web.shop.svc", "SRV").Answers.ShouldBe(["_http._tcp.web.shop.svc.fed.test. 5 SRV 0 0 80 web.shop.svc.fed.test."]);

        Put(App("canary", "eu-1=1", Host("web", 25)));
        Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask("web.shop.svc").Addresses.ShouldBe([Eu]);
        Change(new ZoneChange.AppRemoved(Objects.Key("canary")));
        Ask("web.shop.svc").Status.ShouldBe("NXDOMAIN");

        Put(App("web", "us-1=1"));
        Ask("web.shop.svc").Addresses.ShouldBe([Us]);
    }

    [Fact]
    public void Shared_PodsAndClustersChange_TheHostFollows()
    {
        Put(App("blue", "us-1=1", Host("www", 50)), App("green", "eu-1=1", Host("www", 50)));
        ShareOf(Eu, "www.shop.svc").ShouldBeInRange(0.49, 0.51);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-1", Eu, ConditionStatus.Unknown)));
        Ask("www.shop.svc").Addresses.ShouldBe([Us]);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-1", "192.0.2.9")));
        ShareOf("192.0.2.9", "www.shop.svc").ShouldBeInRange(0.49, 0.51);
        Put(App("blue", "us-1=0", Host("www", 50)), App("green", "eu-1=0", Host("www", 50)));
        var response = Ask("www.shop.svc");
        (response.Status, response.Addresses.Count).ShouldBe(("NOERROR", 0));
    }

    [Fact]
    public void Shared_OtherNamespace_HasAHostOfItsOwn()
    {
        var other = App("blue", "eu-1=1", Host("www", 100));
        Put(App("blue", "us-1=1", Host("www", 1)), other with { Metadata = other.Metadata with { Namespace = "evil" } });
        Ask("www.shop.svc").Addresses.ShouldBe([Us]);
        Ask("www.evil.svc").Addresses.ShouldBe([Eu]);
    }

    [Fact]
    public void Shared_Conflict_TheOldestAppOwnsTheHostAndItsPolicyCounts()
    {
        var order = new DnsSpec { Policy = DnsPolicy.Failover, Order = [new DnsChoice { Region = "eu" }], Ttl = 9, Hosts = Host("www", 10).Hosts };
        Put(App("a-younger", "us-1=1 eu-1=1", Host("www", 90), age: 1), App("b-older", "us-1=1 eu-1=1", order, age: 2));
        var response = Ask("www.shop.svc");
        response.Answers.ShouldBe([$"www.shop.svc.fed.test. 5 A {Eu}"], "nobody's answers are held for longer than it says itself");

        var explanation = Explain("www.shop.svc");
        explanation.Summary.ShouldContain("2 apps share the host by weight; the policy is that of shop/b-older, which owns it.");
        explanation.Sharers.Select(sharer => (sharer.App, sharer.IsOwner, sharer.Weight, Math.Round(sharer.Share, 2), sharer.Reason, string.Join(',', sharer.Overruled))).ShouldBe(
        [
            ("shop/b-older", true, 10, 0.1, DnsReasons.Serving, ""),
            ("shop/a-younger", false, 90, 0.9, DnsReasons.Serving, "policy,order"),
        ]);
        explanation.Records.Single().Apps.ShouldBe(["shop/b-older", "shop/a-younger"], ignoreOrder: true);
        explanation.Clusters.Select(cluster => $"{cluster.App} {cluster.Cluster} {cluster.Reason}").ShouldBe(
            ["shop/b-older eu-1 Serving", "shop/b-older us-1 StandsBy", "shop/a-younger eu-1 Serving", "shop/a-younger us-1 StandsBy"]);

        // Who is called like the host owns it, however young.
        Put(App("www", "us-1=1", age: 0));
        Explain("www.shop.svc").Sharers[0].App.ShouldBe("shop/www");
        Ask("www.shop.svc").Addresses.ShouldBe([Us, Eu], ignoreOrder: true);
    }

    [Fact]
    public void Explain_AppsThatGetNothing_SaysWhy()
    {
        Put(App("blue", "us-1=1", Host("www", 50)), App("dark", "us-2=1", Host("www", 0)), App("down", "eu-1=0", Host("www", 50)));
        Explain("www.shop.svc").Sharers.Select(sharer => $"{sharer.App} {sharer.Share} {sharer.Reason}").ShouldBe(
            ["shop/blue 1 Serving", "shop/dark 0 WeightIsZero", "shop/down 0 NoReadyPod"], ignoreOrder: true);
        Explain("www.shop.svc").Clusters.Select(cluster => $"{cluster.Cluster} {cluster.Reason}").ShouldBe(
            ["us-1 Serving", "us-2 WeightIsZero", "eu-1 NoReadyPod"], ignoreOrder: true);
    }

    [Fact]
    public void Shared_ObjectThatAnAppOfItsNameStandsBefore_HasNoHostsEither()
    {
        var pets = new PetSet
        {
            Metadata = new ObjectMeta { Name = "web", Namespace = "shop" },
            Spec = new PetSetSpec { Expose = [new PetExposeSpec { Name = "http", Port = 80, Dns = Host("www", 50) }], Template = new PodTemplate(), Placement = new PetPlacement() },
            Status = new PetSetStatus { Clusters = App("web", "eu-1=1").Status.Clusters },
        };
        Change(new ZoneChange.AppChanged(pets));
        Ask("www.shop.svc").Addresses.ShouldBe([Eu]);
        Put(App("web", "us-1=1"));
        Ask("www.shop.svc").Status.ShouldBe("NXDOMAIN");
        Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask("www.shop.svc").Addresses.ShouldBe([Eu]);
    }

    private static App App(string name, string shares, DnsSpec? dns = null, int age = 0)
    {
        var app = Objects.App(name, shares, dns);
        return app with { Metadata = app.Metadata with { CreationTimestamp = new DateTimeOffset(2026, 3, 9 - age, 0, 0, 0, TimeSpan.Zero) } };
    }

    private static DnsSpec Host(string name, int weight) => new() { Hosts = [new DnsHost { Name = name, Weight = weight }] };

    private double ShareOf(string address, string name) => Enumerable.Range(0, 1000).Count(_ => Ask(name).Addresses[0] == address) / 1000.0;

    private void Put(params App[] apps) => _zone.Put(apps);

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);

    private Response Ask(string name, string type = "A") => _zone.Asker.Ask(name + ".fed.test", type);

    private AnswerExplanation Explain(string name) => _zone.Explain(name + ".fed.test.");
}
