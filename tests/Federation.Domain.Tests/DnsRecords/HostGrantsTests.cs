using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Zones;
using Federation.Domain.DnsRecords;

namespace Federation.Domain.Tests.DnsRecords;

/// <summary>Whose a whole name is, and what the app that lists it says in its status.</summary>
public sealed class HostGrantsTests
{
    private static readonly DateTimeOffset Now = TestApps.Start;

    private static readonly HostGrants Grants = HostGrants.Of(
        new[]
        {
            Zone("example.com", "mail A 192.0.2.1\nchild NS ns.example.net.", "www shop", "*.apps shop", "blog press", "*.child shop", "child shop"),
            Zone("deep.apps.example.com", "", "www press", "@ press"),
            Zone("fed.test", "", "* shop"),
            Zone("younger", "", "taken press") with { Spec = new ZoneSpec { Zone = "Example.com.", Hosts = [new ZoneHost { Name = "*", Namespace = "press" }] } },
        }.Select(HostZone.Of).OfType<HostZone>(),
        "fed.test");

    // The host, whose it is, and why it is nobody's.
    [Theory]
    [InlineData("www.example.com", "shop", HostReasons.Granted)]
    [InlineData("blog.example.com", "press", HostReasons.Granted)]
    [InlineData("x.apps.example.com", "shop", HostReasons.Granted)]
    [InlineData("*.apps.example.com", "shop", HostReasons.Granted)]
    [InlineData("ftp.example.com", null, HostReasons.NotGranted)]
    [InlineData("x.deep.apps.example.com", null, HostReasons.NotGranted)] // the deepest zone decides
    [InlineData("www.deep.apps.example.com", "press", HostReasons.Granted)]
    [InlineData("example.com", null, HostReasons.NotGranted)]
    [InlineData("fed.test", null, HostReasons.NotGranted)] // `*` is every name but the top
    [InlineData("deep.apps.example.com", "press", HostReasons.Granted)]
    [InlineData("child.example.com", "shop", HostReasons.Granted)] // makes way for an app
    [InlineData("x.child.example.com", null, HostReasons.Delegated)]
    [InlineData("y.x.child.example.com", null, HostReasons.Delegated)]
    [InlineData("ns.fed.test", null, HostReasons.Reserved)]
    [InlineData("a.svc.fed.test", null, HostReasons.Reserved)]
    [InlineData("a.ns.fed.test", "shop", HostReasons.Granted)]
    [InlineData("www.nowhere.test", null, HostReasons.NoZone)]
    [InlineData("notexample.com", null, HostReasons.NoZone)]
    public void Find_Host_IsTheNamespacesThatItsZoneNames(string host, string? @namespace, string reason)
    {
        var verdict = Grants.Find(host);
        (verdict.Namespace, verdict.Reason).ShouldBe((@namespace, reason), verdict.Why);
    }

    [Fact]
    public void Find_FederationsZoneWithoutObject_IsNobodys() =>
        HostGrants.Of([], "fed.test").Find("www.fed.test").Why.ShouldBe("no Zone object lets a namespace have names of fed.test");

    [Fact]
    public void Fold_NoWholeName_SaysNothing()
    {
        var app = App("www");
        HostConditions.Fold(app, Grants, Now).ShouldBeSameAs(app);
        HostConditions.IsTrueTo(app, Grants).ShouldBeTrue();
    }

    [Fact]
    public void Fold_HostsComeAndGo_ConditionFollows()
    {
        var app = HostConditions.Fold(App("www.example.com", "label"), Grants, Now);
        Condition(app).ShouldBe((ConditionStatus.True, HostReasons.Granted, "Zones let namespace shop have www.example.com"));
        HostConditions.Fold(app, Grants, Now.AddHours(1)).ShouldBeSameAs(app, "nothing has changed");

        var wronged = HostConditions.Fold(With(app, "www.example.com", "blog.example.com", "www.nowhere.test"), Grants, Now.AddMinutes(1));
        Condition(wronged).ShouldBe((
            ConditionStatus.False,
            HostReasons.OtherNamespace,
            "blog.example.com is not answered for this app: Zone example.com has it for namespace press; www.nowhere.test is not answered for this app: no Zone object has it"));
        wronged.Conditions[0].LastTransitionTime.ShouldBe(Now.AddMinutes(1));
        HostConditions.IsTrueTo(wronged, Grants).ShouldBeTrue();
        HostConditions.IsTrueTo(wronged, HostGrants.None).ShouldBeFalse();

        HostConditions.Fold(With(wronged, "label"), Grants, Now).Conditions.ShouldBeEmpty();
    }

    [Fact]
    public void Fold_ManyHosts_NamesTheFirstAndCountsTheRest() =>
        Condition(HostConditions.Fold(App([.. Enumerable.Range(0, 16).Select(i => $"h{i}.nowhere.test")]), Grants, Now)).Message
            .ShouldEndWith("h4.nowhere.test is not answered for this app: no Zone object has it; and 11 more");

    [Fact]
    public void Fold_AppThatHasNoNames_HasNoHostsEither()
    {
        var app = App("www.example.com");
        Condition(HostConditions.Fold(app with { Metadata = app.Metadata with { Name = "web.v1" } }, Grants, Now))
            .ShouldBe((ConditionStatus.False, HostReasons.NoName, "www.example.com is not answered for this app: web.v1 is no DNS label"));
    }

    [Fact]
    public void AreSame_OnlyRecordsChange_IsSoUnlessAChildZoneComes()
    {
        var zone = HostZone.Of(Zone("example.com", "mail A 192.0.2.1", "www shop"));
        HostZone.AreSame(zone, HostZone.Of(Zone("example.com", "mail A 192.0.2.2", "www shop"))).ShouldBeTrue();
        HostZone.AreSame(zone, HostZone.Of(Zone("example.com", "child NS ns.example.net.", "www shop"))).ShouldBeFalse();
        HostZone.AreSame(zone, HostZone.Of(Zone("example.com", "mail A 192.0.2.1", "www press"))).ShouldBeFalse();
        HostZone.AreSame(zone, null).ShouldBeFalse();
    }

    private static (ConditionStatus Status, string Reason, string Message) Condition(PlacedResource app) =>
        app.Conditions.Find(AppConditions.HostsGranted) is { } condition ? (condition.Status, condition.Reason, condition.Message) : default;

    private static App App(params string[] hosts) => With(TestApps.Web(), hosts);

    private static App With(PlacedResource app, params string[] hosts) => (App)app with
    {
        Spec = ((App)app).Spec with { Expose = [new ExposeSpec { Port = 80, Dns = new DnsSpec { Hosts = [.. hosts.Select(host => new DnsHost { Name = host })] } }] },
    };

    private static Zone Zone(string name, string records, params string[] hosts) => new()
    {
        Metadata = new ObjectMeta { Name = name, CreationTimestamp = Now.AddDays(name == "younger" ? 1 : 0) },
        Spec = new ZoneSpec { Records = records, Hosts = [.. hosts.Select(host => host.Split(' ')).Select(host => new ZoneHost { Name = host[0], Namespace = host[1] })] },
    };
}
