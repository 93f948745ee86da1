using System.Net;
using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Regions;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.Domain.DnsRecords;

namespace Federation.Dns.Tests.Zones;

/// <summary>Who has too few ready pods takes only a part of its clients.</summary>
public sealed class SpillTests
{
    private const int Answers = 10_000;
    private const string Us = "192.0.2.1";
    private const string Eu = "192.0.2.2";
    private const string Ap = "192.0.2.3";

    private readonly PlacedZone _zone = new();

    public SpillTests() =>
        Change(new ZoneChange.Listed([], [Objects.Cluster("us-1", Us), Objects.Cluster("eu-1", $"{Eu} 2001:db8::2"), Objects.Cluster("ap-1", Ap)], []) { Regions = [Region("ap us")] });

    private Asker Asker => _zone.Asker;

    // Ready pods of 10 wanted in us, eu and ap, and which parts of 10,000 clients in eu are answered by eu, ap (the next) and us. Room ends at 8 of 10.
    [Theory]
    [InlineData(10, 10, 10, 1.0, 0.0, 0.0)]
    [InlineData(10, 8, 10, 1.0, 0.0, 0.0)]
    [InlineData(10, 6, 10, 0.75, 0.25, 0.0)]
    [InlineData(10, 1, 10, 0.125, 0.875, 0.0)]
    [InlineData(10, 0, 10, 0.0, 1.0, 0.0)]
    [InlineData(10, 4, 4, 0.5, 0.25, 0.25)]
    [InlineData(4, 4, 4, 0.625, 0.25, 0.125)]
    [InlineData(0, 4, 0, 1.0, 0.0, 0.0)]
    public void Geo_RegionShortOfPods_TakesItsPartAndTheNextTheRest(int us, int eu, int ap, double euPart, double apPart, double usPart)
    {
        Serve(us, eu, ap);
        ShouldBeParts(Clients(), (Eu, euPart), (Ap, apPart), (Us, usPart));
    }

    [Fact]
    public void Geo_NameWithTheRegion_IsTheRegions()
    {
        Serve(10, 1, 10);
        Asker.Ask("web.shop.svc.eu.fed.test", "A").Addresses.ShouldBe([Eu]);
    }

    [Fact]
    public void Geo_NobodyIsKnownToBeNear_AllTakeTheRest()
    {
        Change(new ZoneChange.RegionChanged(Region("")));
        Serve(10, 4, 10);

        // 0.5 stay in eu; of the others each fifth as well, for all regions answer those as they have room: 1, 0.5 and 1.
        ShouldBeParts(Clients(), (Eu, 0.6), (Ap, 0.2), (Us, 0.2));
    }

    [Fact]
    public void Geo_ClientNobodyKnows_GetsAllByTheirRoom()
    {
        Serve(10, 4, 10);
        Asker.Client = IPAddress.Parse("203.0.113.1");
        ShouldBeParts(Answered(), (Eu, 0.2), (Ap, 0.4), (Us, 0.4));
    }

    [Fact]
    public void Geo_RoomShrinksAndGrows_OnlyClientsThatItIsAboutMove()
    {
        Serve(10, 6, 10);
        var before = Clients();
        Serve(10, 5, 10);
        var fewer = Clients();
        before.Zip(fewer).Count(pair => pair.First != pair.Second).ShouldBeInRange(1150, 1350, "an eighth has no room any more");
        before.Zip(fewer).ShouldAllBe(pair => pair.First == pair.Second || pair.First == Eu);
        Serve(10, 6, 10);
        Clients().ShouldBe(before);
        Clients().ShouldBe(before, "asking again changes nothing");
    }

    [Fact]
    public void Geo_OtherNameServer_AnswersEachClientAlike()
    {
        Serve(10, 5, 10);
        var here = Clients();
        var other = new SpillTests();
        other.Change();
        other.Serve(10, 9, 10);
        other.Serve(10, 5, 10);
        other.Clients().ShouldBe(here, "nothing is remembered of what was before");
        other._zone.State.Current!.Main.Serial.ShouldBeGreaterThan(_zone.State.Current!.Main.Serial, "it came here on another way");
    }

    [Fact]
    public void Geo_Scope_IsTheNetworkOnlyWhileTheNetworkDecides()
    {
        Serve(10, 10, 10);
        Scope().ShouldBe(16);
        Serve(10, 5, 10);
        Scope().ShouldBe(24);
    }

    [Fact]
    public void Geo_FamilyThatNobodyElseHas_StaysWhole()
    {
        Serve(10, 1, 10);
        foreach (var client in Enumerable.Range(0, 50))
        {
            Asker.Client = IPAddress.Parse($"198.19.{client}.1");
            Asker.Ask("web.shop.svc.fed.test", "AAAA").Addresses.ShouldBe(["2001:db8::2"]);
        }
    }

    [Fact]
    public void Latency_RegionShortOfPods_TheNextByTimeTakesTheRest()
    {
        var cluster = Objects.Cluster("eu-1", Eu);
        Change(new ZoneChange.ClusterChanged(cluster with
        {
            Status = cluster.Status with { Latencies = [new Api.Agents.RegionLatency { Region = "us", Milliseconds = 9 }, new Api.Agents.RegionLatency { Region = "ap", Milliseconds = 80 }] },
        }));
        Serve(10, 4, 10, new DnsSpec { Policy = DnsPolicy.Latency, SpillBelow = 80 });
        ShouldBeParts(Clients(), (Eu, 0.5), (Us, 0.5), (Ap, 0));
    }

    [Fact]
    public void Failover_EntryShortOfPods_TheNextEntriesTakeTheRest()
    {
        var dns = new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }, new DnsChoice { Cluster = "us-1" }] };
        Serve(10, 6, 10, dns);
        ShouldBeParts(Clients(), (Eu, 0.6), (Us, 0.4), (Ap, 0));
        Serve(5, 6, 10, dns);
        ShouldBeParts(Clients(), (Eu, 0.6), (Us, 0.2), (Ap, 0.2));
        Serve(0, 6, 0, dns);
        ShouldBeParts(Clients(), (Eu, 1));
        Serve(10, 10, 10, dns);
        ShouldBeParts(Clients(), (Eu, 1), (Us, 0), (Ap, 0));
    }

    [Fact]
    public void Failover_Transferred_IsWhoTakesClientsNow()
    {
        var dns = new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }, new DnsChoice { Cluster = "us-1" }] };
        Serve(10, 10, 10, dns);
        var whole = _zone.State.Current!.Main;
        Transferred(whole).ShouldBe([Eu, "2001:db8::2"]);

        Serve(10, 6, 10, dns);
        var spilling = _zone.State.Current!.Main;
        Transferred(spilling).ShouldBe([Eu, "2001:db8::2", Us], "and nobody who only stands by");
        Transferred(spilling, "_http._tcp.web.shop.svc.fed.test.").ShouldBe(["0 0 80 web.shop.svc.fed.test."], "the same record is there once");
        Transferred(spilling, "web.shop.svc.eu.fed.test.").ShouldBe([Eu, "2001:db8::2"]);
        spilling.Serial.ShouldBeGreaterThan(whole.Serial);
        ZoneDifference.Between(whole, spilling).Added.ShouldHaveSingleItem().Owner.ToString().ShouldBe("web.shop.svc.fed.test.");

        Serve(5, 6, 10, dns);
        Transferred(_zone.State.Current!.Main).ShouldBe([Eu, "2001:db8::2", Us, Ap]);
        Serve(10, 10, 10, dns);
        ZoneDifference.Between(whole, _zone.State.Current!.Main).IsEmpty.ShouldBeTrue();
    }

    /// <summary>A secondary that gets a difference from one server and the whole zone from another must have the same at the same serial (ADR 12).</summary>
    [Fact]
    public void Failover_RoomComesAndGoes_DifferencesLeadToWhatIsTransferredWhole()
    {
        var dns = new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }, new DnsChoice { Cluster = "us-1" }] };
        var random = new Random(7);
        Serve(10, 10, 10, dns);
        var before = _zone.State.Current!.Main;
        var copy = Whole(before);
        for (var step = 0; step < 60; step++)
        {
            Serve(random.Next(11), random.Next(11), random.Next(11), dns);
            var now = _zone.State.Current!.Main;
            var difference = ZoneDifference.Between(before, now);
            copy.ExceptWith(difference.Deleted);
            copy.UnionWith(difference.Added);
            copy.ShouldBe(Whole(now), ignoreOrder: true, $"seed 7, step {step}");
            if (now.Serial == before.Serial)
                difference.IsEmpty.ShouldBeTrue($"seed 7, step {step}: equal serials are equal zones");
            before = now;
        }

        static HashSet<WireRecord> Whole(ZoneSnapshot zone) => [.. ZoneContents.Of(zone).Select(WireRecord.From).Where(record => record.Type != RecordType.Soa)];
    }

    [Fact]
    public void Failover_RecordsOfAZoneObject_AreThereForEveryClient()
    {
        Serve(10, 1, 10, new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }] });
        Change(new ZoneChange.ZoneChanged(new Api.Zones.Zone { Metadata = new ObjectMeta { Name = "fed.test" }, Spec = new Api.Zones.ZoneSpec { Records = "web.shop.svc 60 TXT hello" } }));
        Serve(10, 2, 10, new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }] });
        for (var client = 0; client < 20; client++)
        {
            Asker.Client = IPAddress.Parse($"198.19.{client}.1");
            Asker.Ask("web.shop.svc.fed.test", "TXT").Answers.Count.ShouldBe(1);
        }

        ShouldBeParts(Clients(), (Eu, 0.2), (Us, 0.4), (Ap, 0.4));
        Change(new ZoneChange.ZoneRemoved("fed.test"));
        Asker.Ask("web.shop.svc.fed.test", "TXT").Answers.ShouldBeEmpty();
        ShouldBeParts(Clients(), (Eu, 0.2), (Us, 0.4), (Ap, 0.4));
    }

    [Fact]
    public void RoundRobin_ClusterShortOfPods_HasItsPartOfTheTurns()
    {
        Serve(10, 4, 10, new DnsSpec { SpillBelow = 80 });
        ShouldBeParts(Answered(), (Eu, 0.2), (Us, 0.4), (Ap, 0.4));
        Serve(10, 4, 10, new DnsSpec());
        ShouldBeParts(Answered(), (Eu, 0.8 / 2.8), (Us, 1 / 2.8), (Ap, 1 / 2.8));
        Serve(10, 4, 10, new DnsSpec { SpillBelow = 0 });
        ShouldBeParts(Answered(), (Eu, 1 / 3.0), (Us, 1 / 3.0), (Ap, 1 / 3.0));
    }

    [Fact]
    public void Weighted_EntryShortOfPods_HasItsPartOfItsWeight()
    {
        var dns = new DnsSpec { Policy = DnsPolicy.Weighted, SpillBelow = 80, Weights = [new DivideWeight { Region = "eu", Weight = 60 }, new DivideWeight { Region = "us", Weight = 30 }, new DivideWeight { Cluster = "ap-1", Weight = 10 }] };
        Serve(10, 10, 10, dns);
        ShouldBeParts(Answered(), (Eu, 0.6), (Us, 0.3), (Ap, 0.1));
        Serve(10, 4, 10, dns);
        ShouldBeParts(Answered(), (Eu, 30 / 70.0), (Us, 30 / 70.0), (Ap, 10 / 70.0));
    }

    [Fact]
    public void Weighted_WithoutWeights_IsByReadyPodsAlone()
    {
        Serve(10, 5, 5, new DnsSpec { Policy = DnsPolicy.Weighted });
        ShouldBeParts(Answered(), (Us, 0.5), (Eu, 0.25), (Ap, 0.25));
    }

    [Theory]
    [InlineData(DnsPolicy.Geo)]
    [InlineData(DnsPolicy.Failover)]
    public void Answer_SomeClientsGoElsewhere_AllocatesNothing(DnsPolicy policy)
    {
        Serve(10, 5, 5, new DnsSpec { Policy = policy, SpillBelow = 100, Order = policy == DnsPolicy.Failover ? [new DnsChoice { Region = "eu" }, new DnsChoice { Region = "ap" }] : [] });
        var query = TestMessage.Query("web.shop.svc.fed.test", "A");
        IPAddress[] clients = [.. Enumerable.Range(0, 16).Select(i => new IPAddress([10, 0, (byte)i, 7]))];
        var sent = 0L;

        long Run(int rounds)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < rounds; i++)
            {
                foreach (var client in clients)
                {
                    Asker.Client = client;
                    sent += Asker.Send(query);
                }
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Run(100);
        Run(5_000).ShouldBe(0);
        sent.ShouldBeGreaterThan(5_100 * 16 * 12L);
    }

    [Fact]
    public void SharedHost_EachAppKeepsItsWeightInEveryRegion()
    {
        var dns = new DnsSpec { Policy = DnsPolicy.Geo, SpillBelow = 80 };
        Change(
            new ZoneChange.AppChanged(App("web", dns, ("eu-1", 4), ("ap-1", 10))),
            new ZoneChange.AppChanged(App("canary", dns with { Hosts = [new DnsHost { Name = "web", Weight = 25 }] }, ("ap-1", 10), ("eu-1", 4))));
        ShouldBeParts(Clients(), (Eu, 0.5), (Ap, 0.5));
        Explain().Spills.ShouldBe([new SpillVerdict("eu", 8, 20, 0.5)]);
    }

    [Fact]
    public void SharedHost_RoundRobin_EachAppHandsOnForItself()
    {
        Change(
            new ZoneChange.AppChanged(App("web", new DnsSpec { SpillBelow = 80 }, ("eu-1", 4), ("us-1", 10))),
            new ZoneChange.AppChanged(App("canary", new DnsSpec { Hosts = [new DnsHost { Name = "web", Weight = 100 }] }, ("ap-1", 1))));
        ShouldBeParts(Answered(), (Ap, 0.5), (Us, 1 / 3.0), (Eu, 1 / 6.0));
        Explain().Summary.ShouldContain(" cluster eu-1 takes 50 % of its clients of shop/web: 4 of 10 pods are ready.");
    }

    [Fact]
    public void Explain_Geo_SaysWhoTakesHowManyAndWhereTheClientGoes()
    {
        Serve(10, 6, 10);
        Explain().Summary.ShouldContain(" eu takes 75 % of its clients: 6 of 10 pods are ready.");
        var summaries = Enumerable.Range(0, 16).Select(i => Explain($"198.19.{i}.7")).GroupBy(answer => answer.Records.Single().Data).ToDictionary(group => group.Key, group => group.Select(answer => answer.Summary));
        summaries.Keys.ShouldBe([Eu, Ap], ignoreOrder: true);
        summaries[Eu].ShouldAllBe(summary => summary.Contains("The client is in eu."));
        summaries[Ap].ShouldAllBe(summary => summary.Contains("The client is in eu, among those that it has no room for, and ap is the next region that has."));
    }

    [Fact]
    public void Explain_Failover_SaysWhoTakesTheRest()
    {
        Serve(10, 6, 10, new DnsSpec { Policy = DnsPolicy.Failover, SpillBelow = 100, Order = [new DnsChoice { Region = "eu" }, new DnsChoice { Cluster = "us-1" }] });
        var anybody = Explain();
        anybody.Summary.ShouldContain(" eu takes 60 % of its clients: 6 of 10 pods are ready.");
        anybody.Records.Select(record => record.Data).ShouldBe([Eu]);
        anybody.Clusters.Select(cluster => $"{cluster.Cluster} {cluster.IsAnswered} {cluster.Reason}").ShouldBe(["ap-1 False StandsBy", "eu-1 True Serving", "us-1 True TakesTheRest"]);
        var others = Enumerable.Range(0, 16).Select(i => Explain($"198.19.{i}.7")).Where(answer => answer.Records.Single().Data == Us).ToList();
        others.ShouldNotBeEmpty();
        others.ShouldAllBe(answer => answer.Summary.Contains("The client is one of those that others before have no room for."));
    }

    private static Region Region(string nearest) => new()
    {
        Metadata = new ObjectMeta { Name = "eu" },
        Spec = new RegionSpec { ClientNetworks = ["198.19.0.0/16", "10.0.0.0/8"], Nearest = nearest.Split(' ', StringSplitOptions.RemoveEmptyEntries) },
    };

    private static App App(string name, DnsSpec dns, params (string Cluster, int Ready)[] shares) => Objects.App(name, "", dns) with
    {
        Status = new AppStatus { Clusters = [.. shares.Select(share => new ClusterShare { Cluster = share.Cluster, Phase = SharePhase.Active, Replicas = 10, Ready = share.Ready })] },
    };

    private void Serve(int us, int eu, int ap, DnsSpec? dns = null) =>
        Change(new ZoneChange.AppChanged(App("web", dns ?? new DnsSpec { Policy = DnsPolicy.Geo, SpillBelow = 80 }, ("us-1", us), ("eu-1", eu), ("ap-1", ap))));

    /// <summary>Who comes first for each of so many networks in eu.</summary>
    private List<string> Clients() =>
    [
        .. Enumerable.Range(0, Answers).Select(i =>
        {
            Asker.Client = new IPAddress([10, (byte)(i / 256), (byte)i, 7]);
            return Asker.Ask("web.shop.svc.fed.test", "A").Addresses[0];
        }),
    ];

    /// <summary>Who comes first in so many answers to one client.</summary>
    private List<string> Answered() => [.. Enumerable.Range(0, Answers).Select(_ => Asker.Ask("web.shop.svc.fed.test", "A").Addresses[0])];

    private static void ShouldBeParts(List<string> answered, params (string Address, double Part)[] parts)
    {
        var counts = answered.CountBy(address => address).ToDictionary();
        foreach (var (address, part) in parts)
            (counts.GetValueOrDefault(address) / (double)answered.Count).ShouldBeInRange(part == 0 ? 0 : part - 0.01, part == 0 ? 0 : part + 0.01, address);
        counts.Keys.ShouldBeSubsetOf(parts.Select(part => part.Address));
    }

    private int Scope()
    {
        byte[] option = [0, 8, 0, 7, 0, 1, 24, 0, 198, 19, 1];
        return Convert.FromHexString(Asker.Ask(TestMessage.Query("web.shop.svc.fed.test", "A", edns: (1232, 0, false), options: option)).Options[8])[3];
    }

    private AnswerExplanation Explain(string? client = null) => _zone.Explain("web.shop.svc.fed.test.", client);

    private static List<string> Transferred(ZoneSnapshot zone, string name = "web.shop.svc.fed.test.") =>
        [.. ZoneContents.Of(zone).Where(record => record.Owner.ToString() == name).Select(record => RecordText.Format(record.Data))];

    private void Change(params ZoneChange[] changes) => _zone.Change(changes);
}
