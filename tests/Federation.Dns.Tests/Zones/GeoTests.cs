using System.Net;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using static Federation.Dns.Tests.Support.PlacedZone;

namespace Federation.Dns.Tests.Zones;

/// <summary>Answers that depend on who asks.</summary>
public sealed class GeoTests
{
    private const string Us = "198.18.1.1";
    private const string Eu = "198.19.1.1";
    private const string Ap = "2001:db8:a::1";
    private const string Nobody = "203.0.113.1";

    private readonly PlacedZone _zone = new();

    public GeoTests() =>
        Change(new ZoneChange.Listed(
            [],
            [Objects.Cluster("us-1", "192.0.2.1"), Objects.Cluster("us-2", "192.0.2.11"), Objects.Cluster("eu-1", "192.0.2.2 2001:db8::2"), Objects.Cluster("ap-1", "192.0.2.3")],
            [])
        {
            Regions = [Region("us", "198.18.0.0/16", "eu"), Region("eu", "198.19.0.0/16", "ap us"), Region("ap", "2001:db8:a::/48", "us")],
        });

    // Who asks, which of us, eu and ap have a ready pod, and who is answered.
    [Theory]
    [InlineData(Us, "us eu ap", "192.0.2.1 192.0.2.11")]
    [InlineData(Eu, "us eu ap", "192.0.2.2")]
    [InlineData(Ap, "us eu ap", "192.0.2.3")]
    [InlineData(Eu, "us ap", "192.0.2.3")]
    [InlineData(Eu, "us", "192.0.2.1 192.0.2.11")]
    [InlineData(Ap, "eu", "192.0.2.2")]
    [InlineData(Nobody, "us eu", "192.0.2.1 192.0.2.11 192.0.2.2")]
    [InlineData(Us, "", "")]
    public void Geo_Client_GetsTheNearestRegionThatCan(string client, string serving, string answered)
    {
        Serve(serving);
        var response = Ask("web.shop.svc", client: client);
        response.Status.ShouldBe("NOERROR");
        response.Addresses.ShouldBe(answered.Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);
    }

    [Fact]
    public void Geo_ClientSubnet_DecidesInsteadOfTheResolver()
    {
        Serve("us eu ap");
        AskFor("198.19.1.0", 24).Addresses.ShouldBe(["192.0.2.2"]);
        AskFor("198.18.1.0", 24).Addresses.ShouldBe(["192.0.2.1", "192.0.2.11"], ignoreOrder: true);
        // Nothing is known of the client: the resolver stands for it.
        AskFor("0.0.0.0", 0).Addresses.ShouldBe(["192.0.2.3"]);
    }

    [Fact]
    public void Geo_ClientSubnet_ScopeIsWhatTheAnswerDependsOn()
    {
        Serve("us eu ap");
        Scope(AskFor("198.19.1.0", 24)).ShouldBe(16);
        Scope(AskFor("198.16.0.0", 16)).ShouldBe(15, "198.16.0.0/15 has no region, its neighbour has");
        Scope(AskFor("198.19.1.0", 24, "ns")).ShouldBe(0, "everybody gets the same");
    }

    [Fact]
    public void Geo_TypeThatOnlyOneRegionHas_ComesFromThere()
    {
        Serve("us eu ap");
        Ask("web.shop.svc", "AAAA", Us).Addresses.ShouldBe(["2001:db8::2"]);
        Ask("web.shop.svc", "AAAA", Eu).Addresses.ShouldBe(["2001:db8::2"]);
        Ask("_http._tcp.web.shop.svc", "SRV", Eu).Answers.ShouldBe(["_http._tcp.web.shop.svc.fed.test. 5 SRV 0 0 80 web.shop.svc.eu.fed.test."]);
    }

    [Fact]
    public void Geo_BehindAnAlias_IsTheClientsAllTheSame()
    {
        Serve("us eu ap");
        Change(new ZoneChange.ZoneChanged(new Zone { Metadata = new ObjectMeta { Name = "fed.test" }, Spec = new ZoneSpec { Records = "www 60 CNAME web.shop.svc" } }));
        Ask("www", client: Eu).Addresses.ShouldBe(["web.shop.svc.fed.test.", "192.0.2.2"]);
        Scope(AskFor("198.18.1.0", 24, "www")).ShouldBe(16);
    }

    [Fact]
    public void Region_WithoutHealthyAddress_IsAnsweredByTheNearestWhateverThePolicy()
    {
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 ap-1=1")));
        Ask("web.shop.svc.eu").Addresses.ShouldBe(["192.0.2.3"]);
        Change(new ZoneChange.RegionRemoved("eu"));
        Ask("web.shop.svc.eu").Addresses.ShouldBe(["192.0.2.1", "192.0.2.3"], ignoreOrder: true);
    }

    [Fact]
    public void Regions_Change_AnswersFollow()
    {
        Serve("us eu ap");
        var serial = _zone.Serial;
        Change(new ZoneChange.RegionChanged(Region("eu", "203.0.113.0/24", "")));
        Ask("web.shop.svc", client: Nobody).Addresses.ShouldBe(["192.0.2.2"]);
        Ask("web.shop.svc", client: Eu).Addresses.Count.ShouldBe(4);
        _zone.Serial.ShouldBeGreaterThan(serial);
    }

    [Fact]
    public void Sticky_Client_KeepsItsAddressWhileOthersComeAndGo()
    {
        var spec = new DnsSpec { Sticky = true, MaxAnswers = 1 };
        var clients = Enumerable.Range(0, 400).Select(i => $"10.{i / 256}.{i % 256}.7").ToList();
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 us-2=1 eu-1=1 ap-1=1", spec)));
        var before = clients.ToDictionary(client => client, client => Ask("web.shop.svc", client: client).Addresses.Single());
        before.Values.CountBy(address => address).ShouldAllBe(share => share.Value > 60, "each has its part");
        Ask("web.shop.svc", client: "10.0.5.99").Addresses.Single().ShouldBe(before["10.0.5.7"], "a client's network is one client");

        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 us-2=1 eu-1=0 ap-1=1", spec)));
        foreach (var client in clients)
        {
            var now = Ask("web.shop.svc", client: client).Addresses.Single();
            (now == before[client]).ShouldBe(before[client] != "192.0.2.2", "only clients of the one that is gone go elsewhere");
        }

        Scope(AskFor("198.19.1.0", 24)).ShouldBe(24);
    }

    [Fact]
    public void Sticky_Weighted_SharesTheClientsByWeight()
    {
        var spec = new DnsSpec { Policy = DnsPolicy.Weighted, Sticky = true, MaxAnswers = 1, Weights = [new DivideWeight { Cluster = "us-1", Weight = 3 }, new DivideWeight { Cluster = "eu-1", Weight = 1 }] };
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 eu-1=1", spec)));
        var share = Enumerable.Range(0, 4000).Count(i => Ask("web.shop.svc", client: $"10.{i / 256}.{i % 256}.7").Addresses.Single() == "192.0.2.1") / 4000.0;
        share.ShouldBeInRange(0.72, 0.78);
    }

    [Fact]
    public void MaxAnswers_Weighted_EveryAnswerIsOneAndTenThousandAreTheWeights()
    {
        var spec = new DnsSpec { Policy = DnsPolicy.Weighted, MaxAnswers = 1, Weights = [new DivideWeight { Region = "us", Weight = 70 }, new DivideWeight { Region = "eu", Weight = 20 }, new DivideWeight { Region = "ap", Weight = 10 }] };
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-1=1 eu-1=1 ap-1=1", spec)));
        var counts = Enumerable.Range(0, 10_000).Select(_ => Ask("web.shop.svc").Addresses.Single()).CountBy(address => address).ToDictionary();
        counts["192.0.2.1"].ShouldBeInRange(6900, 7100);
        counts["192.0.2.2"].ShouldBeInRange(1900, 2100);
        counts["192.0.2.3"].ShouldBeInRange(900, 1100);
    }

    [Fact]
    public void Explain_Geo_SaysWhereTheClientIsAndWhoStandsIn()
    {
        Serve("us ap");
        var explanation = Explainer.Explain(DnsName.Parse("web.shop.svc.fed.test."), RecordType.A, _zone.State, _zone.Places, ClientAddress.From(IPAddress.Parse(Eu)));
        (explanation.Policy, explanation.From, explanation.ClientRegion, explanation.ScopeBits).ShouldBe(("Geo", Eu, "eu", 16));
        explanation.Summary.ShouldContain("The client is in eu, and ap is the nearest region with a healthy address");
        explanation.Records.Select(record => record.Data).ShouldBe(["192.0.2.3"]);
    }

    private void Serve(string regions)
    {
        var serving = regions.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        string[] clusters = ["us-1", "us-2", "eu-1", "ap-1"];
        var shares = clusters.Select(cluster => $"{cluster}={(serving.Contains(cluster[..^2]) ? 1 : 0)}");
        Change(new ZoneChange.AppChanged(Objects.App("web", string.Join(' ', shares), new DnsSpec { Policy = DnsPolicy.Geo })));
    }

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);

    private Response Ask(string name, string type = "A", string client = Nobody) => _zone.Ask(name, type, client);

    /// <summary>As a resolver in <c>ap</c> asks for somebody else.</summary>
    private Response AskFor(string network, byte bits, string name = "web.shop.svc")
    {
        var address = IPAddress.Parse(network).GetAddressBytes()[..((bits + 7) / 8)];
        byte[] option = [0, 8, 0, (byte)(4 + address.Length), 0, 1, bits, 0, .. address];
        return _zone.From(Ap).Ask(TestMessage.Query(name + ".fed.test", "A", edns: (1232, 0, false), options: option));
    }

    private static int Scope(Response response) => Convert.FromHexString(response.Options[8])[3];
}
