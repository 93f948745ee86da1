using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

/// <summary>Names of apps outside <c>&lt;namespace&gt;.svc</c>, in zones that let their namespace have them.</summary>
public sealed class WholeNameTests
{
    private const string Us = "192.0.2.1";
    private const string Eu = "192.0.2.2";

    private readonly PlacedZone _zone = new();

    public WholeNameTests() =>
        Change(new ZoneChange.Listed([], [Objects.Cluster("us-1", Us), Objects.Cluster("eu-1", Eu)], [Zone("example.com", "mail A 192.0.2.25\nchild NS ns.example.net.", "*.child shop", "www shop", "*.apps shop", "blog press")])
        {
            Regions = [PlacedZone.Region("eu", "198.19.0.0/16", ""), PlacedZone.Region("us", "198.18.0.0/16", "")],
        });

    [Fact]
    public void WholeName_GrantedToTheNamespace_IsAnsweredInItsZoneAndFollowsTheApp()
    {
        Put(App("web", "us-1=1", "www.example.com"));
        Ask("www.example.com").Addresses.ShouldBe([Us]);
        Ask("mail.example.com").Addresses.ShouldBe(["192.0.2.25"], "what the zone has besides stays");
        Ask("_http._tcp.www.example.com", "SRV").Answers.ShouldBe(["_http._tcp.www.example.com. 5 SRV 0 100 80 web.shop.svc.fed.test."]);
        Ask("web.shop.svc.fed.test").Addresses.ShouldBe([Us], "its own name it has as well");
        var serial = _zone.State.Current!.Find(DnsName.Parse("example.com."))!.Serial;

        Put(App("web", "us-1=0 eu-1=1", "www.example.com"));
        Ask("www.example.com").Addresses.ShouldBe([Eu]);
        _zone.State.Current!.Find(DnsName.Parse("example.com."))!.Serial.ShouldBeGreaterThan(serial);
        Put(App("web", "us-1=1"));
        Ask("www.example.com").Status.ShouldBe("NXDOMAIN");
        ZoneContents.Of(_zone.State.Current!.Find(DnsName.Parse("example.com."))!).ShouldNotContain(record => record.Owner.ToString().StartsWith("www"));
    }

    [Fact]
    public void WholeName_ChangesOfOthers_LeaveTheZoneAlone()
    {
        Put(App("web", "us-1=1", "www.example.com"));
        var zone = _zone.State.Current!.Find(DnsName.Parse("example.com."));
        Put(App("other", "us-1=1"));
        _zone.State.Current!.Find(DnsName.Parse("example.com.")).ShouldBeSameAs(zone);
    }

    [Fact]
    public void Wildcard_Granted_StandsInForEveryNameBelow()
    {
        Put(App("web", "us-1=1", "*.apps.example.com"), App("one", "eu-1=1", "one.apps.example.com"));
        Ask("any.apps.example.com").Addresses.ShouldBe([Us]);
        Ask("deep.down.apps.example.com").Addresses.ShouldBe([Us]);
        Ask("one.apps.example.com").Addresses.ShouldBe([Eu], "the name itself comes first");
        Ask("apps.example.com").Status.ShouldBe("NOERROR");
        Ask("apps.example.com").Addresses.ShouldBeEmpty();
        Put(App("web", "us-1=1"));
        Ask("any.apps.example.com").Status.ShouldBe("NXDOMAIN");
    }

    // The namespace of the app, the host that it lists, and why it does not get it.
    [Theory]
    [InlineData("press", "www.example.com", "because Zone example.com has it for namespace shop.")]
    [InlineData("shop", "blog.example.com", "because Zone example.com has it for namespace press.")]
    [InlineData("shop", "ftp.example.com", "because Zone example.com has it for no namespace (spec.hosts).")]
    [InlineData("shop", "apps.example.com", "because Zone example.com has it for no namespace (spec.hosts).")]
    [InlineData("shop", "www.example.net", "because no Zone object has it.")]
    [InlineData("shop", "www.fed.test", "because no Zone object lets a namespace have names of fed.test.")]
    [InlineData("shop", "x.child.example.com", "because Zone example.com delegates child.example.com.")]
    public void WholeName_NotTheNamespaces_IsNotAnsweredAndExplained(string @namespace, string host, string why)
    {
        Put(App("web", "us-1=1", @namespace, host));
        Ask(host).Addresses.ShouldBeEmpty();
        Explain(host).Summary.ShouldEndWith($" App {@namespace}/web lists it and does not get it, {why}");
        Put(App("web", "us-1=1", @namespace, "other.example.net"));
        Explain(host).Summary.ShouldNotContain("lists it");
    }

    [Theory]
    [InlineData("fed.test")]
    [InlineData("ns.fed.test")]
    [InlineData("web.shop.svc.fed.test")]
    [InlineData("web.shop.svc.eu.fed.test")]
    public void WholeName_TheFederationsOwn_IsNobodysAlthoughAllAreGranted(string host)
    {
        Change(new ZoneChange.ZoneChanged(Zone("fed.test", "", "* shop")));
        Put(App("taker", "eu-1=1", host), App("web", "us-1=1"), App("www", "us-1=1", "www.fed.test"));
        Ask("web.shop.svc.fed.test").Addresses.ShouldBe([Us]);
        Ask("ns.fed.test").Addresses.ShouldBe(["192.0.2.53"]);
        Ask("www.fed.test").Addresses.ShouldBe([Us]);
        Explain(host).Summary.ShouldContain("App shop/taker lists it and does not get it");
    }

    [Fact]
    public void WholeName_ZoneHasRecordsThere_AddressesAreTheAppsAndOtherTypesStay()
    {
        Change(new ZoneChange.ZoneChanged(Zone("example.com", "www A 192.0.2.99\nwww TXT hello", "www shop")));
        Ask("www.example.com").Addresses.ShouldBe(["192.0.2.99"]);
        Put(App("web", "us-1=1", "www.example.com"));
        Ask("www.example.com").Addresses.ShouldBe([Us]);
        Ask("www.example.com", "TXT").Answers.Count.ShouldBe(1);
        Put(App("web", "us-1=1"));
        Ask("www.example.com").Addresses.ShouldBe(["192.0.2.99"]);
    }

    [Fact]
    public void Zone_GrantsChange_HostsFollow()
    {
        Put(App("web", "us-1=1", "shop", "www.example.com"), App("news", "eu-1=1", "press", "www.example.com"));
        Ask("www.example.com").Addresses.ShouldBe([Us]);
        Explain("www.example.com").Summary.ShouldEndWith(" App press/news lists it and does not get it, because Zone example.com has it for namespace shop.");
        Change(new ZoneChange.ZoneChanged(Zone("example.com", "mail A 192.0.2.25", "www press")));
        Ask("www.example.com").Addresses.ShouldBe([Eu]);
        Ask("mail.example.com").Addresses.ShouldBe(["192.0.2.25"]);
        Change(new ZoneChange.ZoneRemoved("example.com"));
        Ask("www.example.com").Status.ShouldBe("REFUSED");
        Change(new ZoneChange.ZoneChanged(Zone("example.com", "", "www shop")));
        Ask("www.example.com").Addresses.ShouldBe([Us]);

        // A zone of its own comes between: the host is in that one now.
        Change(new ZoneChange.ZoneChanged(Zone("apps.example.com", "", "x shop")));
        Put(App("web", "us-1=1", "x.apps.example.com"));
        _zone.State.Current!.Find(DnsName.Parse("apps.example.com."))!.Match(DnsName.Parse("x.apps.example.com.").Wire, DnsName.Parse("x.apps.example.com.").Hash, RecordType.A).Node.ShouldNotBeNull();
        Ask("x.apps.example.com").Addresses.ShouldBe([Us]);
    }

    [Fact]
    public void WholeName_SharedByAppsOfTheNamespace_IsByWeight()
    {
        Put(App("blue", "us-1=1", new DnsHost { Name = "www.example.com", Weight = 90 }), App("green", "eu-1=1", new DnsHost { Name = "www.example.com", Weight = 10 }));
        (Enumerable.Range(0, 10_000).Count(_ => Ask("www.example.com").Addresses[0] == Eu) / 10_000.0).ShouldBeInRange(0.09, 0.11);
    }

    [Fact]
    public void WholeName_Geo_GoesByTheClientAndSaysSo()
    {
        var app = Objects.App("web", "us-1=1 eu-1=1", new DnsSpec { Policy = DnsPolicy.Geo, Hosts = [new DnsHost { Name = "www.example.com" }, new DnsHost { Name = "*.apps.example.com" }] });
        Put(app);
        _zone.From("198.19.1.1");
        Ask("www.example.com").Addresses.ShouldBe([Eu]);
        Ask("x.apps.example.com").Addresses.ShouldBe([Eu]);
        _zone.From("198.18.1.1");
        Ask("www.example.com").Addresses.ShouldBe([Us]);
        _zone.Explain("www.example.com.", "198.19.1.1").Summary.ShouldContain("The client is in eu.");
    }

    private static Zone Zone(string name, string records, params string[] hosts) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new ZoneSpec { Records = records, Hosts = [.. hosts.Select(host => host.Split(' ')).Select(host => new ZoneHost { Name = host[0], Namespace = host[1] })] },
    };

    private static App App(string name, string shares, params DnsHost[] hosts) => Objects.App(name, shares, new DnsSpec { Hosts = hosts });

    private static App App(string name, string shares, string host) => App(name, shares, new DnsHost { Name = host });

    private static App App(string name, string shares, string @namespace, string host)
    {
        var app = App(name, shares, host);
        return app with { Metadata = app.Metadata with { Namespace = @namespace } };
    }

    private void Put(params App[] apps) => _zone.Put(apps);

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);

    private Response Ask(string name, string type = "A") => _zone.Asker.Ask(name, type);

    private AnswerExplanation Explain(string name) => _zone.Explain(name + ".");
}
