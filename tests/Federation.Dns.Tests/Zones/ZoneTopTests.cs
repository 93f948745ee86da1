using Federation.Api.Apps;
using Federation.Api.Zones;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

/// <summary>Apps at a zone's own name: their addresses stand beside what makes the name a zone's top.</summary>
public sealed class ZoneTopTests
{
    private const string Top = "example.com";
    private const string Us = "192.0.2.1";
    private const string Eu = "192.0.2.2";
    private const string InEu = "198.19.1.1";

    private readonly ZoneKey _key = TestKeys.Make(Top, new KeyTimes { Publish = DateTimeOffset.MinValue, Activate = DateTimeOffset.MinValue, SyncPublish = DateTimeOffset.MinValue });
    private readonly PlacedZone _zone;

    public ZoneTopTests()
    {
        _zone = new PlacedZone(TestKeys.Sign(_key));
        _zone.Change(new ZoneChange.Listed([], [Objects.Cluster("us-1", Us), Objects.Cluster("eu-1", $"{Eu} 2001:db8::2")], [Example("@ MX 10 mail")])
        {
            Regions = [PlacedZone.Region("us", "198.18.0.0/16", "eu"), PlacedZone.Region("eu", "198.19.0.0/16", "us")],
        });
    }

    [Fact]
    public void Top_Granted_IsTheAppsAndStaysTheZones()
    {
        var before = _zone.Zone(Top);
        _zone.Put(App("us-1=1"));
        Ask().Addresses.ShouldBe([Us]);
        Ask("AAAA").Answers.ShouldBeEmpty();
        Ask("AAAA").Authorities.ShouldHaveSingleItem().ShouldContain(" SOA ");
        Ask("MX").Answers.ShouldBe(["example.com. 300 MX 10 mail.example.com."]);
        Ask("NS").Answers.ShouldBe(["example.com. 300 NS ns.fed.test."]);
        Ask("ANY").Answers.ShouldHaveSingleItem().ShouldContain(" SOA ");
        _zone.Asker.Ask("_http._tcp.example.com", "SRV").Answers.ShouldBe(["_http._tcp.example.com. 5 SRV 0 100 80 web.shop.svc.fed.test."]);
        _zone.Explain("example.com.").Summary.ShouldStartWith("example.com. is answered with 1 of 1 records.");

        var after = _zone.Zone(Top);
        after.Serial.ShouldBeGreaterThan(before.Serial);
        ZoneDifference.Between(before, after).Added.Select(record => $"{record.Owner} {record.Type}").ShouldBe(["example.com. A", "_http._tcp.example.com. Srv"], ignoreOrder: true);
        ZoneDifference.Between(before, after).Deleted.ShouldBeEmpty();
        ZoneFileWriter.Write(after).ShouldContain("\n@ 5 IN A 192.0.2.1\n");

        _zone.Put(App("us-1=0 eu-1=1"));
        Ask().Addresses.ShouldBe([Eu]);
        _zone.Zone(Top).Serial.ShouldBeGreaterThan(after.Serial);
        ZoneDifference.Between(after, _zone.Zone(Top)).Deleted.ShouldHaveSingleItem().Type.ShouldBe(RecordType.A);
        _zone.Put(App("us-1=0 eu-1=0"));
        Ask().Addresses.ShouldBeEmpty();
        _zone.Explain("example.com.").Summary.ShouldContain("no cluster has a ready pod");
        _zone.Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask("MX").Answers.Count.ShouldBe(1);
        ZoneDifference.Between(before, _zone.Zone(Top)).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Top_NothingOfItChanges_StaysAsItIs()
    {
        _zone.Put(App("us-1=1"));
        var zone = _zone.Zone(Top);
        _zone.Put(Objects.App("other", "us-1=1"));
        _zone.Zone(Top).ShouldBeSameAs(zone);
        _zone.Put(App("us-1=1"), Objects.App("www", "us-1=1", new DnsSpec { Hosts = [new DnsHost { Name = "www.example.com" }] }));
        _zone.Zone(Top).Serial.ShouldBeGreaterThan(zone.Serial);
        Ask().Addresses.ShouldBe([Us], "another name's change leaves the top's addresses");
    }

    [Fact]
    public void Top_ZoneHasAddressesThere_TheyMakeWayAndComeBack()
    {
        _zone.Put(App("us-1=1"));
        _zone.Change(new ZoneChange.ZoneChanged(Example("@ A 192.0.2.99\n@ TXT hello")));
        Ask().Addresses.ShouldBe([Us]);
        Ask("TXT").Answers.Count.ShouldBe(1);
        Ask("MX").Answers.ShouldBeEmpty();
        _zone.Explain("example.com.").LeftOut.ShouldBe("Zone example.com has A here, not served: an app has the name, and its records come first.");
        _zone.Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask().Addresses.ShouldBe(["192.0.2.99"]);
        _zone.Explain("example.com.").LeftOut.ShouldBeNull();
    }

    [Theory]
    [InlineData("*")]
    [InlineData("www")]
    public void Top_NotGranted_IsNobodys(string granted)
    {
        _zone.Change(new ZoneChange.ZoneChanged(Example("", granted)));
        _zone.Put(App("us-1=1"));
        Ask().Addresses.ShouldBeEmpty();
        _zone.Explain("example.com.").Summary.ShouldEndWith("App shop/web lists it and does not get it, because Zone example.com has it for no namespace (spec.hosts: \"@\" is the zone's own name).");
        _zone.Change(new ZoneChange.ZoneChanged(Example("", "@")));
        Ask().Addresses.ShouldBe([Us]);
    }

    [Fact]
    public void Top_OfTheFederationsZone_CanBeHadToo()
    {
        _zone.Change(new ZoneChange.ZoneChanged(Zone("fed.test", "", "@")));
        _zone.Put(Objects.App("web", "us-1=1", new DnsSpec { Hosts = [new DnsHost { Name = "fed.test" }] }));
        _zone.Asker.Ask("fed.test", "A").Addresses.ShouldBe([Us]);
        _zone.Asker.Ask("ns.fed.test", "A").Addresses.ShouldBe(["192.0.2.53"]);
        _zone.Asker.Ask("fed.test", "SOA").Answers.Count.ShouldBe(1);
        _zone.Asker.Ask("web.shop.svc.fed.test", "A").Addresses.ShouldBe([Us]);
    }

    [Fact]
    public void Top_Geo_GoesByTheClientAndOnlyForAddresses()
    {
        _zone.Put(App("us-1=1 eu-1=1", new DnsSpec { Policy = DnsPolicy.Geo }));
        _zone.From(InEu);
        Ask().Addresses.ShouldBe([Eu]);
        foreach (var type in (string[])["SOA", "NS", "MX", "DNSKEY", "CDS"])
            Ask(type).Answers.Count.ShouldBe(1, type);
        _zone.From("198.18.1.1");
        Ask().Addresses.ShouldBe([Us]);
        Ask("AAAA").Addresses.ShouldBe(["2001:db8::2"]);
    }

    [Fact]
    public void Top_SomeClientsGoElsewhere_AllSeeTheWholeTop()
    {
        var app = App("us-1=2 eu-1=1", new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }] });
        _zone.Put(app);
        var answered = new HashSet<string>();
        for (var client = 0; client < 32; client++)
        {
            _zone.From($"198.19.{client}.1");
            answered.Add(Ask().Addresses.ShouldHaveSingleItem());
            foreach (var type in (string[])["SOA", "NS", "MX", "DNSKEY", "CDS", "CDNSKEY"])
                Ask(type).Answers.Count.ShouldBe(1, type);
            Ask("CAA").Authorities.Count.ShouldBe(1);
        }

        answered.ShouldBe([Us, Eu], ignoreOrder: true);
        ZoneContents.Of(_zone.Zone(Top)).Where(record => record.Owner.ToString() == "example.com.").Select(record => $"{record.Data.Type} {RecordText.Format(record.Data)}".Split(' ')[..2]).Select(words => string.Join(' ', words))
            .ShouldBe(["Soa ns.fed.test.", "Ns ns.fed.test.", "Mx 10", $"A {Eu}", "Aaaa 2001:db8::2", $"A {Us}"]);
    }

    [Fact]
    public void Top_Signed_TypesThatItHasAreThoseOfTheZoneTheKeysAndTheApp()
    {
        _zone.Put(App("us-1=2 eu-1=1", new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }] }));
        for (var client = 0; client < 32; client++)
        {
            _zone.From($"198.19.{client}.1");
            var signed = _zone.Asker.Ask(TestKeys.Query(Top, "A"));
            var address = signed.Addresses[0];
            signed.Answers[1].ShouldStartWith("example.com. 5 RRSIG A 13 2 5 ");
            var denied = _zone.Asker.Ask(TestKeys.Query(Top, "CAA"));
            denied.Answers.ShouldBeEmpty();
            denied.Authorities.ShouldContain($"example.com. 5 NSEC \\000.example.com. A NS SOA MX {(address == Eu ? "AAAA " : "")}RRSIG NSEC DNSKEY CDS CDNSKEY");
        }
    }

    private static App App(string shares, DnsSpec? dns = null) => Objects.App("web", shares, (dns ?? new DnsSpec()) with { Hosts = [new DnsHost { Name = Top }] });

    private static Zone Example(string records, string host = "@") => Zone(Top, records, host, "www");

    private static Zone Zone(string name, string records, params string[] hosts)
    {
        var zone = StaticZoneTests.Zone(name, records);
        return zone with { Spec = zone.Spec with { Hosts = [.. hosts.Distinct().Select(host => new ZoneHost { Name = host, Namespace = "shop" })] } };
    }

    private Response Ask(string type = "A") => _zone.Asker.Ask(Top, type);
}
