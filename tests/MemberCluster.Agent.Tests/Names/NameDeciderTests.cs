using System.Collections.Immutable;
using System.Net;
using Federation.Api.Agents;
using Federation.Dns.Wire;
using MemberCluster.Agent.Names;

namespace MemberCluster.Agent.Tests.Names;

public sealed class NameDeciderTests
{
    private static readonly IPAddress Own = IPAddress.Parse("10.0.0.1");
    private static readonly LocalNames Names = (LocalNames.None with { Addresses = [Own, IPAddress.Parse("fd00::1")] }).With("uid", ("shop", "web"));

    private static NameDecision Decide(string name, RecordType type = RecordType.A, string? zone = "fed.test") =>
        NameDecider.Decide(new StubQuestion(DnsName.Parse(name), type), Names, zone, "us-east");

    [Theory]
    [InlineData("web.shop.svc.fed.test")]
    [InlineData("WEB.Shop.svc.Fed.Test.")]
    [InlineData("web.shop.svc.us-east.fed.test")]
    [InlineData("web.shop.svc")]
    [InlineData("web.shop")]
    public void Decide_ServedHere_OwnAddress(string name) =>
        Decide(name).ShouldBeOfType<NameDecision.Local>().Addresses.ShouldBe([Own]);

    [Theory]
    [InlineData("other.shop.svc.fed.test")]
    [InlineData("web.shop.svc.eu-west.fed.test")]
    [InlineData("_http._tcp.web.shop.svc.fed.test")]
    [InlineData("web.shop.fed.test")]
    [InlineData("fed.test")]
    public void Decide_OfTheZoneAndNotServedHere_AsksTheFederation(string name) => Decide(name).ShouldBeOfType<NameDecision.AskFederation>();

    [Theory]
    [InlineData("example.com")]
    [InlineData("web")]
    [InlineData("notfed.test")]
    [InlineData("a.web.shop")]
    public void Decide_AnyOtherName_AsksOutside(string name) => Decide(name).ShouldBeOfType<NameDecision.AskOutside>();

    [Theory]
    [InlineData("db-1.db.shop.svc.fed.test", true)]
    [InlineData("db-1.db.shop.svc", true)]
    [InlineData("db-1.db.shop", true)]
    [InlineData("db-2.db.shop", false)]
    [InlineData("db-01.db.shop", false)]
    [InlineData("db-.db.shop", false)]
    [InlineData("x-1.db.shop", false)]
    [InlineData("db-1.db.other", false)]
    [InlineData("db-1.db.shop.svc.us-east.fed.test", false)]
    [InlineData("db.shop", false)]
    public void Decide_Pets_OwnAddressForThoseThatThisNodeLeadsTo(string name, bool isLocal)
    {
        var names = Names.WithPets("uid-db", "shop", "db", IndexSet.Of([1, 3]));
        (NameDecider.Decide(new StubQuestion(DnsName.Parse(name), RecordType.A), names, "fed.test", "us-east") is NameDecision.Local).ShouldBe(isLocal);
        names.WithPets("uid-db", "shop", "db", IndexSet.Empty).HasPet("shop", "db", "db-1").ShouldBeFalse();
    }

    [Fact]
    public void Decide_NameOfAPetThatIsNotHere_GoesWhereTheAppsWould()
    {
        Decide("db-1.db.shop.svc.fed.test").ShouldBeOfType<NameDecision.AskFederation>();
        Decide("db-1.db.shop.svc").ShouldBeOfType<NameDecision.NoSuchName>();
        Decide("db-1.db.shop").ShouldBeOfType<NameDecision.AskOutside>();
    }

    [Fact]
    public void Decide_ServiceNameOfAnAppThatIsNotServedHere_IsNoName() => Decide("other.shop.svc").ShouldBeOfType<NameDecision.NoSuchName>();

    [Fact]
    public void Decide_NoZoneKnown_ZoneNamesGoOutsideAndShortOnesAreAnswered()
    {
        Decide("web.shop.svc.fed.test", zone: null).ShouldBeOfType<NameDecision.AskOutside>();
        Decide("web.shop.svc", zone: null).ShouldBeOfType<NameDecision.Local>();
    }

    [Fact]
    public void Decide_OtherTypes_HaveTheAddressOfTheirFamilyOrNothing()
    {
        Decide("web.shop", RecordType.Aaaa).ShouldBeOfType<NameDecision.Local>().Addresses.ShouldBe([IPAddress.Parse("fd00::1")]);
        Decide("web.shop", RecordType.Txt).ShouldBeOfType<NameDecision.Local>().Addresses.ShouldBeEmpty();
    }

    [Fact]
    public void With_TwoWorksOfOneName_TheNameStaysUntilBothAreGone()
    {
        var both = Names.With("next", ("shop", "web"));
        both.With("uid", null).Has("shop", "web").ShouldBeTrue();
        both.With("uid", null).With("next", null).Has("shop", "web").ShouldBeFalse();
        both.With("uid", ("shop", "api")).Has("shop", "api").ShouldBeTrue();
    }

    [Fact]
    public void ResolversIn_File_NamesItsServers()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "# nameserver 9.9.9.9\nsearch example.com\nnameserver 127.0.0.53\nnameserver\tfd00::53\nnameserver nonsense\noptions edns0\n");
            NameOptions.ResolversIn(file).ShouldBe([IPEndPoint.Parse("127.0.0.53:53"), IPEndPoint.Parse("[fd00::53]:53")]);
            NameOptions.ResolversIn(file + ".missing").ShouldBe(ImmutableArray<IPEndPoint>.Empty);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
