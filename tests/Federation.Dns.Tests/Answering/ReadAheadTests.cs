using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Answering;

public sealed class ReadAheadTests
{
    private static readonly string[] Names = ["web.shop.svc.fed.test", "WEB.shop.svc.FED.test", "web.shop.svc.eu-west.fed.test", "nope.fed.test", "fed.test", "elsewhere.example", "."];

    [Fact]
    public void Run_NamesOfAllKinds_FindsThoseThatExist()
    {
        var ahead = new ReadAhead(ZoneText.Load(AnswerCases.Zone), capacity: 64);
        foreach (var name in (string[])["note.fed.test", "NOTE.fed.test", "nope.fed.test", "elsewhere.example", "."])
            ahead.Add(TestMessage.Query(name, "A"));
        ahead.Add([]);
        ahead.Run().ShouldBe(2);
        ahead.Run().ShouldBe(0, "the batch is over");
    }

    [Fact]
    public void Run_GeoNames_TurnsGoOnAsWithout()
    {
        // Whoever reads ahead takes no turn and makes no regional names: what is answered is the same.
        var (plain, read) = (Load(), Load());
        var ahead = read.Responder.CreateReadAhead(capacity: 64);
        for (var round = 0; round < 20; round++)
        {
            foreach (var name in Names)
                ahead.Add(TestMessage.Query(name, "A"));
            ahead.Run();
            foreach (var name in Names)
                read.Ask(TestMessage.Query(name, "A")).Addresses.ShouldBe(plain.Ask(TestMessage.Query(name, "A")).Addresses, $"{name}, round {round}");
        }
    }

    [Fact]
    public void Add_MoreThanTheBatchHolds_AreLeftOut()
    {
        var ahead = new ReadAhead(ZoneText.Load(AnswerCases.Zone), capacity: 2);
        for (var i = 0; i < 5; i++)
            ahead.Add(TestMessage.Query("note.fed.test", "A"));
        ahead.Run().ShouldBe(2);
    }

    private static Asker Load()
    {
        var state = new ZoneState(DnsName.Parse(ZoneText.Apex), TimeProvider.System);
        var builder = new ZoneBuilder(ZoneText.Options);
        state.Publish(builder.Apply(new ZoneBatch(
            [
                new ZoneChange.Listed(
                    [Objects.App("web", "us-east-1=2 eu-west-1=2", new Api.Apps.DnsSpec { Policy = Api.Apps.DnsPolicy.Geo })],
                    [Objects.Cluster("us-east-1", "192.0.2.1"), Objects.Cluster("eu-west-1", "192.0.2.2")],
                    []),
            ],
            1)));
        return new Asker(state);
    }
}
