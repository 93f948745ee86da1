using System.Net;
using Federation.Dns.Updates;
using Federation.Dns.Wire;

namespace Federation.Dns.Tests.Updates;

public sealed class UpdatePlannerTests
{
    private static readonly DnsName Name = DnsName.Parse("web.shop.svc.fed.test");
    private static readonly DnsName MarkName = DnsName.Parse("_federation.web.shop.svc.fed.test");

    [Fact]
    public void Plan_NothingThere_AddsAndMarks()
    {
        var update = Plan([A(1), A(2)], [])!;
        update.Deleted.ShouldBeEmpty();
        update.Added.ShouldBe([A(1), A(2), Mark(A(1), A(2))]);
    }

    [Fact]
    public void Plan_AsWanted_IsNothing() => Plan([A(1)], [A(1), Mark(A(1))]).ShouldBeNull();

    [Fact]
    public void Plan_WantedAndSomebodyElses_StaysTheirs()
    {
        Plan([A(1)], [A(1)]).ShouldBeNull();
        Plan([A(1)], [A(1, ttl: 9)]).ShouldBeNull();
        Plan([], [A(1)]).ShouldBeNull();
        Plan([], [A(1), A(2), Mark(A(2))])!.Deleted.ShouldBe([A(2), Mark(A(2))]);
    }

    [Fact]
    public void Plan_OursAndNotWanted_GoesWithItsMark()
    {
        var update = Plan([A(2)], [A(1), A(2), A(3), Mark(A(1), A(2))])!;
        update.Deleted.ShouldBe([A(1), Mark(A(1), A(2))]);
        update.Added.ShouldBe([Mark(A(2))]);
        update.After.Records.ShouldBe([A(2), A(3)]);
    }

    [Fact]
    public void Plan_SomebodyDeletedOurs_ItIsAddedAgain() => Plan([A(1)], [Mark(A(1))])!.Added.ShouldBe([A(1)]);

    [Fact]
    public void Plan_OtherTtl_IsAddedAgain()
    {
        var update = Plan([A(1, ttl: 9)], [A(1), Mark(A(1))])!;
        update.Deleted.ShouldBeEmpty();
        update.Added.ShouldBe([A(1, ttl: 9)]);
        update.After.Records.ShouldBe([A(1, ttl: 9)]);
    }

    [Fact]
    public void Plan_SomebodyElsesAlias_IsAProblem()
    {
        var alias = WireRecord.From(Name, 5, new AliasData(DnsName.Parse("elsewhere.test")));
        Plan([A(1)], [alias], out var problem).ShouldBeNull();
        problem.ShouldBe("web.shop.svc.fed.test. is an alias there that is not ours.");
        Plan([alias], [A(1)], out problem).ShouldBeNull();
        problem.ShouldBe("web.shop.svc.fed.test. is to be an alias, and has records there that are not ours.");
        Plan([alias], [A(1), Mark(A(1))], out problem)!.Added[0].ShouldBe(alias);
        problem.ShouldBeNull();
    }

    [Fact]
    public void Plan_AppliedAgainAndAgain_ConvergesToWhatIsWantedAndLeavesTheirs()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var theirs = Some(random);
            var zone = Zone([.. theirs]);
            for (var step = 0; step < 5; step++)
            {
                var wanted = Some(random);
                if (UpdatePlanner.Plan(Name, wanted, zone.Find(Name), out _) is { } update)
                    zone.Apply(update);
                UpdatePlanner.Plan(Name, wanted, zone.Find(Name), out _).ShouldBeNull($"round {round}");
                var there = zone.Find(Name).Records.Select(record => record.Identity).ToHashSet();
                there.ShouldBe(wanted.Concat(theirs).Select(record => record.Identity).ToHashSet(), ignoreOrder: true, $"round {round}");
            }
        }
    }

    private static List<WireRecord> Some(Random random) => [.. Enumerable.Range(1, 4).Where(_ => random.Next(2) == 0).Select(i => A(i, (uint)random.Next(5, 7)))];

    private static NameUpdate? Plan(IReadOnlyCollection<WireRecord> wanted, WireRecord[] there) => Plan(wanted, there, out _);

    private static NameUpdate? Plan(IReadOnlyCollection<WireRecord> wanted, WireRecord[] there, out string? problem) =>
        UpdatePlanner.Plan(Name, wanted, Zone(there).Find(Name), out problem);

    private static ForeignZone Zone(WireRecord[] records) => ForeignZone.Read(records, DnsName.Parse("fed.test"));

    private static WireRecord A(byte last, uint ttl = 5) => WireRecord.From(Name, ttl, new AddressData(new IPAddress([192, 0, 2, last])));

    private static WireRecord A(int last, uint ttl) => A((byte)last, ttl);

    private static WireRecord Mark(params WireRecord[] records) =>
        OwnershipMark.Write(MarkName, 60, records.Select(record => OwnershipMark.TokenOf(record.Type, record.Data)));
}
