using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

/// <summary>Zone objects beside apps: as zones of their own, and as more records of the federation's.</summary>
public sealed class StaticZoneTests
{
    private const string Org = """
        @            SOA   ns1 admin 99 7200 3600 1209600 60
        @            NS    ns1
        @            NS    ns.elsewhere.net.
        @            MX    10 mail
        ns1          A     192.0.2.53
        mail         A     192.0.2.25
        www          CNAME web
        web          A     192.0.2.80
        web          A     192.0.2.81
        chain        CNAME www
        out          CNAME www.example.net.
        lost         CNAME nowhere
        round        CNAME about
        about        CNAME round
        a.b.c        TXT   "deep"
        *.w          A     192.0.2.99
        *.w          TXT   "wild"
        is.w         TXT   "here"
        *.alias      CNAME web
        child        NS    ns.child
        child        NS    ns.elsewhere.net.
        child        DS    12345 13 2 AABB
        ns.child     A     192.0.2.54
        host.child   A     192.0.2.55
        to.child2    CNAME x.child
        """;

    private const string OrgSoa = "example.org. 60 SOA ns1.example.org. admin.example.org. 1 7200 3600 1209600 60";

    private readonly PlacedZone _zone = new();

    [Theory]
    [InlineData("www.example.org A", "NOERROR aa|an web.example.org. 300 A 192.0.2.80|an web.example.org. 300 A 192.0.2.81|an www.example.org. 300 CNAME web.example.org.")]
    [InlineData("chain.example.org AAAA", "NOERROR aa|an chain.example.org. 300 CNAME www.example.org.|an www.example.org. 300 CNAME web.example.org.|au " + OrgSoa)]
    [InlineData("chain.example.org CNAME", "NOERROR aa|an chain.example.org. 300 CNAME www.example.org.")]
    [InlineData("out.example.org A", "NOERROR aa|an out.example.org. 300 CNAME www.example.net.")]
    [InlineData("lost.example.org A", "NXDOMAIN aa|an lost.example.org. 300 CNAME nowhere.example.org.|au " + OrgSoa)]
    [InlineData("round.example.org A", "NOERROR aa|an about.example.org. 300 CNAME round.example.org.|an round.example.org. 300 CNAME about.example.org.")]
    [InlineData("x.alias.example.org A", "NOERROR aa|an web.example.org. 300 A 192.0.2.80|an web.example.org. 300 A 192.0.2.81|an x.alias.example.org. 300 CNAME web.example.org.")]
    [InlineData("example.org MX", "NOERROR aa|an example.org. 300 MX 10 mail.example.org.")]
    [InlineData("example.org NS", "NOERROR aa|an example.org. 300 NS ns.elsewhere.net.|an example.org. 300 NS ns1.example.org.|ad ns1.example.org. 300 A 192.0.2.53")]
    [InlineData("example.org SOA", "NOERROR aa|an example.org. 300 SOA ns1.example.org. admin.example.org. 1 7200 3600 1209600 60")]
    [InlineData("b.c.example.org A", "NOERROR aa|au " + OrgSoa)] // an empty non-terminal
    [InlineData("x.w.example.org A", "NOERROR aa|an x.w.example.org. 300 A 192.0.2.99")]
    [InlineData("x.y.w.example.org TXT", "NOERROR aa|an x.y.w.example.org. 300 TXT \"wild\"")]
    [InlineData("x.w.example.org MX", "NOERROR aa|au " + OrgSoa)]
    [InlineData("is.w.example.org A", "NOERROR aa|au " + OrgSoa)] // the name exists: no wildcard (RFC 4592 2.2.1)
    [InlineData("x.is.w.example.org A", "NXDOMAIN aa|au " + OrgSoa)] // nor below it
    [InlineData("w.example.org A", "NOERROR aa|au " + OrgSoa)]
    [InlineData("*.w.example.org A", "NOERROR aa|an *.w.example.org. 300 A 192.0.2.99")]
    [InlineData("child.example.org A", "NOERROR|au child.example.org. 300 NS ns.child.example.org.|au child.example.org. 300 NS ns.elsewhere.net.|ad ns.child.example.org. 300 A 192.0.2.54")]
    [InlineData("x.host.child.example.org A", "NOERROR|au child.example.org. 300 NS ns.child.example.org.|au child.example.org. 300 NS ns.elsewhere.net.|ad ns.child.example.org. 300 A 192.0.2.54")]
    [InlineData("host.child.example.org A", "NOERROR|au child.example.org. 300 NS ns.child.example.org.|au child.example.org. 300 NS ns.elsewhere.net.|ad ns.child.example.org. 300 A 192.0.2.54")]
    [InlineData("child.example.org DS", "NOERROR aa|an child.example.org. 300 DS 12345 13 2 AABB")]
    [InlineData("x.child.example.org DS", "NOERROR|au child.example.org. 300 NS ns.child.example.org.|au child.example.org. 300 NS ns.elsewhere.net.|ad ns.child.example.org. 300 A 192.0.2.54")]
    [InlineData("to.child2.example.org A", "NOERROR aa|an to.child2.example.org. 300 CNAME x.child.example.org.|au child.example.org. 300 NS ns.child.example.org.|au child.example.org. 300 NS ns.elsewhere.net.|ad ns.child.example.org. 300 A 192.0.2.54")]
    [InlineData("nope.example.org A", "NXDOMAIN aa|au " + OrgSoa)]
    [InlineData("example.com A", "REFUSED")]
    [InlineData("org A", "REFUSED")]
    public void Answer_ZoneOfItsOwn_IsWhole(string question, string expected)
    {
        Change(new ZoneChange.Listed([], [], [Zone("example.org", Org)]));
        foreach (var transport in Enum.GetValues<Transport>())
        {
            var fields = question.Split(' ');
            var response = _zone.Asker.Ask(TestMessage.Query(fields[0], fields[1], edns: (1232, 0, false)), transport);
            string.Join('|', Lines(response)).ShouldBe(expected);
        }
    }

    [Fact]
    public void Answer_SeveralZones_TheDeepestAnswersAndDsIsTheParents()
    {
        Change(new ZoneChange.Listed([], [],
        [
            Zone("org", "a.example A 192.0.2.1\nexample NS ns.example\nns.example A 192.0.2.2\nexample DS 1 13 2 AABB", "org."),
            Zone("example", "a A 192.0.2.3", "Example.ORG"),
            Zone("reverse", "1 PTR host.example.org.", "2.0.192.in-addr.arpa."),
        ]));
        Ask("a.example.org", "A").Addresses.ShouldBe(["192.0.2.3"]);
        Ask("example.org", "DS").Answers.ShouldBe(["example.org. 300 DS 1 13 2 AABB"]);
        Ask("example.org", "NS").Answers.ShouldBe(["example.org. 300 NS ns.fed.test."]);
        Ask("1.2.0.192.in-addr.arpa", "PTR").Answers.ShouldBe(["1.2.0.192.in-addr.arpa. 300 PTR host.example.org."]);
        Ask("web.shop.svc.fed.test", "A").Status.ShouldBe("NXDOMAIN");
        Ask("fed.test", "NS").IsAuthoritative.ShouldBeTrue();

        Change(new ZoneChange.ZoneRemoved("example"));
        Ask("a.example.org", "A").Authorities.ShouldBe(["example.org. 300 NS ns.example.org."]);
        Change(new ZoneChange.ZoneRemoved("org"));
        Ask("a.example.org", "A").Status.ShouldBe("REFUSED");
    }

    [Fact]
    public void Answer_RecordsInTheFederationsZone_StandBesideAppsAndAppsComeFirst()
    {
        Change(new ZoneChange.Listed(
            [Objects.App("web", "us-east-1=1")],
            [Objects.Cluster("us-east-1", "192.0.2.1")],
            [Zone("more", """
                @            MX    10 mail
                www          CNAME web.shop.svc
                web.shop.svc A     198.51.100.1
                web.shop.svc TXT   "proof"
                api.shop.svc A     198.51.100.2
                us-east      NS    ns.elsewhere.net.
                partner      NS    ns.elsewhere.net.
                """, "fed.test.")]));
        Ask("web.shop.svc.fed.test", "A").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("web.shop.svc.fed.test", "TXT").Answers.ShouldBe(["web.shop.svc.fed.test. 300 TXT \"proof\""]);
        Ask("api.shop.svc.fed.test", "A").Addresses.ShouldBe(["198.51.100.2"]);
        Ask("web.shop.svc.us-east.fed.test", "A").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("fed.test", "MX").Answers.ShouldBe(["fed.test. 300 MX 10 mail.fed.test."]);
        Ask("fed.test", "SOA").Answers.ShouldHaveSingleItem();
        Ask("www.fed.test", "A").Answers.ShouldBe(["www.fed.test. 300 CNAME web.shop.svc.fed.test.", "web.shop.svc.fed.test. 5 A 192.0.2.1"]);
        Ask("x.partner.fed.test", "A").Authorities.ShouldBe(["partner.fed.test. 300 NS ns.elsewhere.net."]);
        Explain("web.shop.svc.fed.test").LeftOut.ShouldBe("Zone more has A here, not served: the federation has records of its own at this name, which come first.");
        Explain("us-east.fed.test").LeftOut.ShouldBe("Zone more has NS here, not served: names of apps are there, which cannot be delegated.");
        Explain("www.fed.test").Summary.ShouldContain("They come from Zone more. It is an alias of web.shop.svc.fed.test.");

        // The app gives the name up, and what was behind it appears; the app comes back, and it is hidden again.
        Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask("web.shop.svc.fed.test", "A").Addresses.ShouldBe(["198.51.100.1"]);
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-east-1=1")));
        Ask("web.shop.svc.fed.test", "A").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("web.shop.svc.fed.test", "TXT").Answers.ShouldHaveSingleItem();

        // The region goes, and can be delegated then.
        Change(new ZoneChange.AppRemoved(Objects.Key("web")), new ZoneChange.ClusterRemoved("us-east-1"));
        Ask("x.us-east.fed.test", "A").Authorities.ShouldBe(["us-east.fed.test. 300 NS ns.elsewhere.net."]);

        Change(new ZoneChange.ZoneChanged(Zone("more", "svc NS ns.elsewhere.net.", "fed.test.")));
        Ask("x.svc.fed.test", "A").Status.ShouldBe("NXDOMAIN");
        Explain("svc.fed.test").LeftOut.ShouldNotBeNull().ShouldContain("cannot be delegated");

        Change(new ZoneChange.ZoneRemoved("more"));
        _zone.State.Current!.Main.NameCount.ShouldBe(2); // the apex and ns
        Ask("fed.test", "MX").Answers.ShouldBeEmpty();
    }

    [Fact]
    public void Apply_ZoneChanges_MoveTheSerialOnlyOfTheirZone()
    {
        Change(new ZoneChange.Listed([], [], [Zone("a", "x A 192.0.2.1", "a.test"), Zone("b", "x A 192.0.2.1", "b.test")]));
        var (main, b) = (_zone.State.Current!.Main.Serial, Serial("b.test"));
        Change(new ZoneChange.ZoneChanged(Zone("a", "x A 192.0.2.2", "a.test")));
        Ask("x.a.test", "A").Addresses.ShouldBe(["192.0.2.2"]);
        Serial("a.test").ShouldBe((uint)_zone.Revision);
        (_zone.State.Current!.Main.Serial, Serial("b.test")).ShouldBe((main, b));

        // A name is changed to another zone; the first one goes.
        Change(new ZoneChange.ZoneChanged(Zone("a", "x A 192.0.2.2", "c.test")));
        Ask("x.a.test", "A").Status.ShouldBe("REFUSED");
        Ask("x.c.test", "A").Addresses.ShouldBe(["192.0.2.2"]);
    }

    [Fact]
    public void Apply_TwoObjectsOfOneZone_TheOlderHasItUntilItGoes()
    {
        var old = Zone("z-old", "x A 192.0.2.1", "a.test");
        var young = Zone("a-young", "x A 192.0.2.2", "a.test", age: 1);
        Change(new ZoneChange.Listed([], [], [young, old]));
        Ask("x.a.test", "A").Addresses.ShouldBe(["192.0.2.1"]);
        Change(new ZoneChange.ZoneRemoved("z-old"));
        Ask("x.a.test", "A").Addresses.ShouldBe(["192.0.2.2"]);
    }

    [Fact]
    public void Apply_ZonesInAnyOrder_EndAsIfListedAtOnce()
    {
        var random = new Random(7);
        string[] owners = ["@", "a", "b.a", "c.b.a", "*.a", "*", "svc", "x.svc", "eu", "web.shop.svc", "d", "e.d"];
        string[] data = ["A 192.0.2.1", "A 192.0.2.2", "TXT \"t\"", "MX 1 a"];
        for (var round = 0; round < 60; round++)
        {
            var zone = Zone("z", string.Join('\n', owners.Where(_ => random.Next(2) == 0).Select(owner => $"{owner} {(owner is "d" or "svc" or "eu" && random.Next(2) == 0 ? "NS ns.elsewhere." : data[random.Next(4)])}")), "fed.test");
            var app = Objects.App("web", $"c={random.Next(2)}");
            Change((random.Next(4) == 0 ? new ZoneChange.ZoneRemoved("z") : (ZoneChange)new ZoneChange.ZoneChanged(zone)), new ZoneChange.ZoneChanged(zone));
            var hasApp = random.Next(2) == 0;
            Change(hasApp ? new ZoneChange.AppChanged(app) : new ZoneChange.AppRemoved(app.Key));
            var cluster = Objects.Cluster("c", "192.0.2.7", region: random.Next(2) == 0 ? "eu" : "us");
            Change(new ZoneChange.ClusterChanged(cluster));

            var fresh = new ZoneState(_zone.State.Apex, TimeProvider.System);
            fresh.Publish(new ZoneBuilder(ZoneText.Options).Apply(new ZoneBatch([new ZoneChange.Listed(hasApp ? [app] : [], [cluster], [zone])], _zone.State.Current!.Main.Serial)));
            _zone.State.Current!.Main.NameCount.ShouldBe(fresh.Current!.Main.NameCount, $"round {round}: {zone.Spec.Records}");
            foreach (var name in owners.Concat(["q.a", "q.b.a", "q", "web.shop.svc.eu", "q.eu", "q.d", "shop.svc"]))
            {
                foreach (var type in (string[])["A", "TXT", "NS", "MX"])
                {
                    var full = name == "@" ? "fed.test" : $"{name}.fed.test";
                    string.Join('|', Lines(Ask(full, type))).ShouldBe(string.Join('|', Lines(new Asker(fresh).Ask(full, type))), $"round {round}: {full} {type} of {zone.Spec.Records}");
                }
            }
        }
    }

    [Fact]
    public void Export_AnyZone_ReadsBackAsTheSame()
    {
        Change(new ZoneChange.Listed(
            [Objects.App("web", "us-east-1=1 eu-west-1=1")],
            [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2"), Objects.Cluster("ap-1", "192.0.2.3", region: "ap")],
            [Zone("example.org", Org + "\nq TXT \"a\\\"b\\\\ \\200\"\nt TYPE65 \\# 2 00FF\nca CAA 0 issue \"x\"\ns SRV 1 2 3 web\np PTR web\na\\.b A 192.0.2.7")]));

        var text = ZoneFileWriter.Write(_zone.State.Current!.Find(DnsName.Parse("example.org"))!);
        Change(new ZoneChange.ZoneChanged(Zone("copy", text, "example.org", age: -1)));
        _zone.State.Current!.Find(DnsName.Parse("example.org")).ShouldNotBeNull().Object.ShouldBe("copy");
        ZoneFileWriter.Write(_zone.State.Current!.Find(DnsName.Parse("example.org"))!).Split('\n')[3..].ShouldBe(text.Split('\n')[3..]);
        text.ShouldContain("\nns.child 300 IN A 192.0.2.54\n");
        text.ShouldNotContain("host.child");

        var main = ZoneFileWriter.Write(_zone.State.Current!.Main);
        main.ShouldContain("\n_http._tcp.web.shop.svc 5 IN SRV 0 0 80 web.shop.svc.fed.test.\n");
        main.ShouldContain("\nweb.shop.svc.eu-west 5 IN A 192.0.2.2\n");
        main.ShouldNotContain("\nweb.shop.svc.eu-west 5 IN A 192.0.2.1\n");
        main.ShouldContain("\nweb.shop.svc.ap 5 IN A 192.0.2.1\n");
        main.ShouldContain("\nweb.shop.svc.ap 5 IN A 192.0.2.2\n");
    }

    internal static Zone Zone(string name, string records, string? apex = null, int age = 0) => (Zone)Api.Kinds.Zone.Default(new Zone
    {
        Metadata = new ObjectMeta { Name = name, CreationTimestamp = DateTimeOffset.UnixEpoch.AddDays(age) },
        Spec = new ZoneSpec { Zone = apex, Records = records },
    });

    private static IEnumerable<string> Lines(Response response) =>
    [
        response.Status + (response.IsAuthoritative ? " aa" : ""),
        .. response.Answers.Select(record => "an " + record).Order(StringComparer.Ordinal),
        .. response.Authorities.Select(record => "au " + record).Order(StringComparer.Ordinal),
        .. response.Additionals.Select(record => "ad " + record).Order(StringComparer.Ordinal),
    ];

    private AnswerExplanation Explain(string name) => _zone.Explain(name);

    private uint Serial(string apex) => _zone.State.Current!.Find(DnsName.Parse(apex)).ShouldNotBeNull().Serial;

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);

    private Response Ask(string name, string type) => _zone.Asker.Ask(name, type);
}
