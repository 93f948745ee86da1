using Federation.Api.Apps;
using Federation.Api.Clusters;
using Federation.Api.Daemons;
using Federation.Api.Meta;
using Federation.Api.Pets;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

public sealed class ZoneBuilderTests
{
    private readonly ZoneBuilder _builder = new(ZoneText.Options);
    private readonly ZoneState _state = new(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
    private long _revision;

    [Fact]
    public void Apply_Listing_PublishesEveryAppWithItsNames()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=2 ap-south-1=2"), Objects.App("api", "us-east-1=0")]);

        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.1", "192.0.2.2", "192.0.2.3"], ignoreOrder: true);
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.2"]);
        Ask("_http._tcp.web.shop.svc", "SRV").Answers.ShouldBe(["_http._tcp.web.shop.svc.fed.test. 5 SRV 0 0 80 web.shop.svc.fed.test."]);
        Ask("_http._tcp.web.shop.svc.eu-west", "SRV").Answers.ShouldBe(["_http._tcp.web.shop.svc.eu-west.fed.test. 5 SRV 0 0 80 web.shop.svc.eu-west.fed.test."]);
        Ask("api.shop.svc").Status.ShouldBe("NOERROR");
        Ask("api.shop.svc").Answers.ShouldBeEmpty();
        Ask("api.shop.svc.eu-west").Status.ShouldBe("NOERROR");
        Ask("api.shop.svc.nowhere").Status.ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Apply_ListedAnewWithoutChange_KeepsEveryName()
    {
        // The feed of a zone of many apps was cut off for a moment.
        App[] Apps(string message) =>
        [
            Objects.App("web", "us-east-1=2 eu-west-1=2", new DnsSpec { Policy = DnsPolicy.Geo }),
            WithMessage(Objects.App("api", "us-east-1=1"), message),
        ];
        List(Apps("pulling"));
        var before = _state.Current!.Main;

        List(Apps("running"));
        _state.Current!.Main.Names.ShouldBeSameAs(before.Names);
        _state.Current.Main.Serial.ShouldBe(before.Serial);

        List([.. Apps("running")[..1], Objects.App("api", "us-east-1=0")]);
        Ask("web.shop.svc").Addresses.Count.ShouldBe(2);
        Ask("api.shop.svc").Addresses.ShouldBeEmpty();
        _state.Current.Main.Serial.ShouldNotBe(before.Serial);
    }

    [Fact]
    public void Apply_ClusterChangesAfterwards_RegionalNamesFollow()
    {
        // Nobody asked for them before, or somebody did: both ways they are made of what is known now.
        List([Objects.App("web", "us-east-1=2 eu-west-1=2"), Objects.App("api", "us-east-1=1 eu-west-1=1")]);
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.2"]);

        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.22")));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.22"]);
        Ask("api.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.22"]);
    }

    [Fact]
    public void Apply_RegionalAnswerAloneChanges_SerialMoves()
    {
        // Both addresses are answered as before; only which region they are in is new.
        List([Objects.App("web", "us-east-1=2 eu-west-1=2")], [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2")]);
        var before = _state.Current!.Main.Serial;

        Change(
            new ZoneChange.ClusterChanged(Objects.Cluster("us-east-1", "192.0.2.1", region: "eu-west")),
            new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.2", region: "us-east")));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.1"]);
        _state.Current!.Main.Serial.ShouldNotBe(before);
    }

    [Fact]
    public void Apply_Daemon_HasNamesLikeAnAppUnlessAnAppHasThem()
    {
        List([Objects.App("api", "us-east-1=1")]);
        var app = Objects.App("web", "us-east-1=2 eu-west-1=2");
        var daemon = new Daemon { Metadata = app.Metadata, Spec = new DaemonSpec { Expose = app.Spec.Expose }, Status = new DaemonStatus { Clusters = [app.Status.Clusters.Single(share => share.Cluster == "eu-west-1")] } };

        Change(new ZoneChange.AppChanged(daemon));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.2"]);

        Change(new ZoneChange.AppChanged(app));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.1", "192.0.2.2"], ignoreOrder: true);

        Change(new ZoneChange.AppRemoved(app.Key));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.2"]);

        Change(new ZoneChange.AppRemoved(daemon.Key));
        Ask("web.shop.svc").Status.ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Apply_PetSet_EveryPetThatRunsHasItsNameAndPort()
    {
        var app = Objects.App("db", "us-east-1=1 eu-west-1=0");
        var set = new PetSet
        {
            Metadata = app.Metadata,
            Spec = new PetSetSpec { Ordinals = new PetOrdinals { Start = 1 }, Expose = [new PetExposeSpec { Name = "client", Port = 80 }, new PetExposeSpec { Name = "peer", Port = 2400, PerPet = true }] },
            Status = new PetSetStatus
            {
                Clusters = app.Status.Clusters,
                Pets =
                [
                    new PetStatus { Ordinal = 1, Cluster = "us-east-1", Phase = PetPhase.Ready },
                    new PetStatus { Ordinal = 2, Cluster = "eu-west-1", Phase = PetPhase.Running },
                    new PetStatus { Ordinal = 3, Cluster = "eu-west-1", Phase = PetPhase.Releasing, Release = new PetRelease() },
                ],
            },
        };
        List([Objects.App("api", "us-east-1=1")]);

        Change(new ZoneChange.AppChanged(set));

        Ask("db.shop.svc").Addresses.ShouldBe(["192.0.2.1"], "only ready pets are behind the set's name");
        Ask("db-1.db.shop.svc").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("db-2.db.shop.svc").Addresses.ShouldBe(["192.0.2.2"], "its peers find it before it is ready");
        Ask("db-3.db.shop.svc").Status.ShouldBe("NOERROR");
        Ask("db-3.db.shop.svc").Answers.ShouldBeEmpty("it leaves");
        Ask("db-4.db.shop.svc").Status.ShouldBe("NXDOMAIN");
        Ask("_client._tcp.db.shop.svc", "SRV").Answers.ShouldBe(["_client._tcp.db.shop.svc.fed.test. 5 SRV 0 0 80 db.shop.svc.fed.test."]);
        Ask("_peer._tcp.db.shop.svc", "SRV").Answers.ShouldBe(
        [
            "_peer._tcp.db.shop.svc.fed.test. 5 SRV 0 0 2400 db-1.db.shop.svc.fed.test.",
            "_peer._tcp.db.shop.svc.fed.test. 5 SRV 0 0 2401 db-2.db.shop.svc.fed.test.",
        ]);

        Change(new ZoneChange.AppChanged(set with { Status = set.Status with { Pets = [set.Status.Pets[0] with { Phase = PetPhase.Unknown, Heard = PetPhase.Ready }] } }));
        Ask("db-1.db.shop.svc").Addresses.ShouldBe(["192.0.2.1"], "nothing newer is known");
        Ask("db-2.db.shop.svc").Status.ShouldBe("NXDOMAIN");

        Change(new ZoneChange.AppChanged(Objects.App("db", "eu-west-1=1")));
        Ask("db-1.db.shop.svc").Status.ShouldBe("NXDOMAIN", "the app has the names");
        Change(new ZoneChange.AppRemoved(app.Key));
        Ask("db-1.db.shop.svc").Addresses.ShouldBe(["192.0.2.1"]);
    }

    [Fact]
    public void Apply_LastPodOfARegionDies_ItsNamesFallBackAndComeBack()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=1")]);
        var before = _state.Current!.Main.Serial;

        Change(new ZoneChange.AppChanged(Objects.App("web", "us-east-1=2 eu-west-1=0")));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.1"]);
        _state.Current!.Main.Serial.ShouldBeGreaterThan(before);

        Change(new ZoneChange.AppChanged(Objects.App("web", "us-east-1=2 eu-west-1=1")));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.2"]);
        Ask("web.shop.svc").Answers.Count.ShouldBe(2);
    }

    [Fact]
    public void Apply_ClusterNotReady_IsWithdrawnFromItsAppsOnly()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=1"), Objects.App("api", "us-east-1=2")]);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.2", ConditionStatus.Unknown)));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.1"]);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.22")));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.22"]);
    }

    [Fact]
    public void Apply_ClusterMovesToAnotherAddress_IsAnsweredThere()
    {
        List([Objects.App("web", "us-east-1=2")]);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("us-east-1", "192.0.2.11")));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.11"]);
    }

    [Fact]
    public void Apply_MachineOfAClusterIsLost_ItsAddressIsAnsweredNoMore()
    {
        var cluster = Objects.Cluster("us-east-1", "192.0.2.1");
        cluster = cluster with { Spec = cluster.Spec with { Addresses = [] } };
        List([Objects.App("web", "us-east-1=2")]);
        Change(new ZoneChange.ClusterChanged(cluster with { Status = cluster.Status with { Addresses = ["192.0.2.8", "192.0.2.9"] } }));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.8", "192.0.2.9"], ignoreOrder: true);
        Change(new ZoneChange.ClusterChanged(cluster with { Status = cluster.Status with { Addresses = ["192.0.2.9"] } }));
        Ask("web.shop.svc").Addresses.ShouldBe(["192.0.2.9"]);
    }

    [Fact]
    public void Apply_OnlyRegionalAnswersChange_MovesTheSerial()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=2")]);
        var before = _state.Current!.Main.Serial;
        Change(
            new ZoneChange.ClusterChanged(Objects.Cluster("us-east-1", "192.0.2.1", region: "eu-west")),
            new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.2", region: "us-east")));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.1"]);
        _state.Current!.Main.Serial.ShouldBeGreaterThan(before);
    }

    [Fact]
    public void Apply_ChangeThatConcernsNoName_KeepsTheSerial()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=1")]);
        var before = _state.Current!.Main.Serial;
        Change(
            new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-1", "192.0.2.2") with { Metadata = new ObjectMeta { Name = "eu-west-1", ResourceVersion = "99" } }),
            new ZoneChange.AppChanged(Objects.App("web", "us-east-1=2 eu-west-1=2")));
        _state.Current!.Main.Serial.ShouldBe(before);
        _state.Current!.Main.Revision.ShouldBe(_revision);
    }

    [Fact]
    public void Apply_Removals_LeaveNothingBehind()
    {
        List([Objects.App("web", "us-east-1=2 eu-west-1=1")]);
        Change(new ZoneChange.AppRemoved(Objects.Key("web")));
        Ask("web.shop.svc").Status.ShouldBe("NXDOMAIN");
        Ask("_http._tcp.web.shop.svc", "SRV").Status.ShouldBe("NXDOMAIN");
        Change(new ZoneChange.ClusterRemoved("us-east-1"), new ZoneChange.ClusterRemoved("eu-west-1"), new ZoneChange.ClusterRemoved("ap-south-1"));
        _state.Current!.Main.NameCount.ShouldBe(2); // the apex and ns
    }

    [Fact]
    public void Apply_ListingAgain_RemovesWhatIsNotInIt()
    {
        List([Objects.App("web", "us-east-1=2"), Objects.App("api", "us-east-1=2")]);
        List([Objects.App("api", "us-east-1=2")], [Objects.Cluster("us-east-1", "192.0.2.1")]);
        Ask("web.shop.svc").Status.ShouldBe("NXDOMAIN");
        Ask("api.shop.svc").Addresses.ShouldBe(["192.0.2.1"]);
        Ask("api.shop.svc.eu-west").Status.ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Apply_AppNotExposedAnyMore_LosesItsName()
    {
        List([Objects.App("web", "us-east-1=2")]);
        Change(new ZoneChange.AppChanged(Objects.App("web", "us-east-1=2") with { Spec = new AppSpec() }));
        Ask("web.shop.svc").Status.ShouldBe("NXDOMAIN");
    }

    [Fact]
    public void Apply_RegionKeepsOneOfTwoClusters_StaysARegion()
    {
        List([Objects.App("web", "us-east-1=2")], [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2"), Objects.Cluster("eu-west-2", "192.0.2.3")]);
        Change(new ZoneChange.ClusterRemoved("eu-west-1"));
        Ask("web.shop.svc.eu-west").Addresses.ShouldBe(["192.0.2.1"]);
        Change(new ZoneChange.ClusterChanged(Objects.Cluster("eu-west-2", "192.0.2.3", region: "eu-north")));
        Ask("web.shop.svc.eu-west").Status.ShouldBe("NXDOMAIN");
        Ask("web.shop.svc.eu-north").Addresses.ShouldBe(["192.0.2.1"]);
    }

    /// <summary>After any history the zone says what a zone made at once from the same objects says, and what the rules say.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Apply_RandomHistory_EqualsAFreshZoneAndNamesOnlyWhoServes(int seed)
    {
        var random = new Random(seed);
        var clusters = new Dictionary<string, Cluster>();
        var apps = new Dictionary<string, App>();
        Change(new ZoneChange.Listed([], []));
        for (var round = 0; round < 150; round++)
        {
            var changes = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Step(random, clusters, apps)).ToArray();
            Change(changes);

            var fresh = new ZoneState(_state.Apex, TimeProvider.System);
            fresh.Publish(new ZoneBuilder(ZoneText.Options).Apply(new ZoneBatch([new ZoneChange.Listed([.. apps.Values], [.. clusters.Values])], 1)));
            _state.Current!.Main.NameCount.ShouldBe(fresh.Current!.Main.NameCount, $"seed {seed}, round {round}");
            foreach (var app in Enumerable.Range(0, 4).Select(i => $"app{i}"))
            {
                foreach (var scope in (string[])["", ".r0", ".r1", ".r2"])
                {
                    var name = $"{app}.shop.svc{scope}";
                    var (ours, theirs) = (Ask(name), new Asker(fresh).Ask(name + ".fed.test", "A"));
                    ours.Status.ShouldBe(theirs.Status, $"seed {seed}, round {round}, {name}");
                    ours.Addresses.ShouldBe(theirs.Addresses, ignoreOrder: true, $"seed {seed}, round {round}, {name}");
                    NamesOnlyWhoServes(apps.GetValueOrDefault(app), clusters, ours, $"seed {seed}, round {round}, {name}");
                }
            }
        }
    }

    /// <summary>The two promises: never a cluster without a ready pod (or not Ready) while another has one, and never empty while one has one.</summary>
    private static void NamesOnlyWhoServes(App? app, Dictionary<string, Cluster> clusters, Response response, string what)
    {
        if (app is null)
            return;
        bool Serves(ClusterShare share) => share.Ready > 0 && clusters.TryGetValue(share.Cluster, out var cluster) && cluster.Status.Conditions.IsTrue(ClusterConditions.Ready);
        var serving = app.Status.Clusters.Where(Serves).Select(share => clusters[share.Cluster].Spec.Addresses[0]).ToHashSet();
        if (serving.Count == 0)
            return;
        if (response.Status == "NOERROR")
            response.Addresses.ShouldNotBeEmpty(what);
        response.Answers.Count.ShouldBe(response.Addresses.Intersect(serving).Count(), what);
    }

    private static ZoneChange Step(Random random, Dictionary<string, Cluster> clusters, Dictionary<string, App> apps)
    {
        var cluster = $"c{random.Next(5)}";
        var app = $"app{random.Next(4)}";
        switch (random.Next(8))
        {
            case 0:
                clusters.Remove(cluster);
                return new ZoneChange.ClusterRemoved(cluster);
            case 1:
                apps.Remove(app);
                return new ZoneChange.AppRemoved(Objects.Key(app));
            case 2 or 3 or 4:
                var ready = (ConditionStatus)random.Next(3);
                clusters[cluster] = Objects.Cluster(cluster, $"192.0.2.{cluster[1..]}", random.Next(2) == 0 ? ConditionStatus.True : ready, $"r{random.Next(3)}");
                return new ZoneChange.ClusterChanged(clusters[cluster]);
            default:
                var shares = Enumerable.Range(0, 5).Where(_ => random.Next(2) == 0).Select(i => $"c{i}={random.Next(3)}");
                apps[app] = Objects.App(app, string.Join(' ', shares));
                return new ZoneChange.AppChanged(apps[app]);
        }
    }

    private void List(App[] apps, Cluster[]? clusters = null) => Change(new ZoneChange.Listed(
        apps,
        clusters ?? [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2"), Objects.Cluster("ap-south-1", "192.0.2.3")]));

    private static App WithMessage(App app, string message) =>
        app with { Status = app.Status with { Clusters = [.. app.Status.Clusters.Select(share => share with { Message = message })] } };

    private void Change(params ZoneChange[] changes) => _state.Publish(_builder.Apply(new ZoneBatch(changes, ++_revision)));

    private Response Ask(string name, string type = "A") => new Asker(_state).Ask(name + ".fed.test", type);
}
