using Federation.Dns.Tests.Support;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Zones;

public sealed class PreparedAnswerTests
{
    [Theory]
    [InlineData("1 1")]
    [InlineData("2 1")]
    [InlineData("1 2 3")]
    [InlineData("90 9 1")]
    [InlineData("1000 1")]
    [InlineData("7 11 13 17 19 23 29 31")]
    [InlineData("1099511627776 2199023255552 4398046511104")]
    public void Next_Weighted_EachComesFirstInProportionToItsWeight(string text)
    {
        var weights = text.Split(' ').Select(long.Parse).ToArray();
        const int answers = 10_000;
        var firsts = Firsts(PreparedAnswerTestSets.Weighted([.. weights]), answers);
        for (var i = 0; i < weights.Length; i++)
        {
            var expected = (double)answers * weights[i] / weights.Sum();
            Math.Abs(firsts[i] - expected).ShouldBeLessThan(10, $"record {i}: {firsts[i]} answers for {expected:0.0}");
        }
    }

    [Fact]
    public void Next_Weighted_IsSmooth()
    {
        // At 1 to 1 nobody waits for a long run of the other.
        var answer = PreparedAnswer.Prepare(ZoneText.Name("web"), PreparedAnswerTestSets.Weighted(1, 1), null);
        var run = 0;
        byte last = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var first = answer.Next(default)[15];
            run = first == last ? run + 1 : 1;
            last = first;
            run.ShouldBeLessThanOrEqualTo(3);
        }
    }

    [Fact]
    public void Next_RoundRobin_TurnsAndKeepsEveryRecordOnce()
    {
        var answer = PreparedAnswer.Prepare(ZoneText.Name("web"), PreparedAnswerTestSets.RoundRobin(3), null);
        Enumerable.Range(0, 4).Select(_ => Last(answer)).ShouldBe(["1 2 3", "2 3 1", "3 1 2", "1 2 3"]);
    }

    [Fact]
    public void Next_MoreRecordsThanAnAnswerTakes_AllHaveTheirTurn()
    {
        var answer = PreparedAnswer.Prepare(ZoneText.Name("web"), PreparedAnswerTestSets.RoundRobin(4, max: 2), null);
        answer.Count.ShouldBe(2);
        Enumerable.Range(0, 4).Select(_ => Last(answer)).ShouldBe(["1 2", "2 3", "3 4", "4 1"]);
    }

    [Fact]
    public void Prepare_AfterAChange_GoesOnWithTheTurn()
    {
        var name = ZoneText.Name("web");
        var before = PreparedAnswer.Prepare(name, PreparedAnswerTestSets.RoundRobin(3), null);
        before.Next(default);
        var after = PreparedAnswer.Prepare(name, PreparedAnswerTestSets.RoundRobin(2), before);
        Last(after).ShouldBe("2 1");
    }

    [Fact]
    public void Prepare_SameAgain_StaysTheSame()
    {
        var name = ZoneText.Name("web");
        var before = PreparedAnswer.Prepare(name, PreparedAnswerTestSets.Weighted(1, 2), null);
        PreparedAnswer.Prepare(name, PreparedAnswerTestSets.Weighted(1, 2), before).ShouldBeSameAs(before);
        PreparedAnswer.Prepare(name, PreparedAnswerTestSets.Weighted(2, 1), before).ShouldNotBeSameAs(before);
    }

    [Fact]
    public void Prepare_NamesWithTheSameAddresses_HaveTurnsOfTheirOwn()
    {
        var one = PreparedAnswer.Prepare(ZoneText.Name("one"), PreparedAnswerTestSets.RoundRobin(3), null);
        var other = PreparedAnswer.Prepare(ZoneText.Name("other"), PreparedAnswerTestSets.RoundRobin(3), null);
        Last(one).ShouldBe("1 2 3");
        Last(one).ShouldBe("2 3 1");
        Last(other).ShouldBe("1 2 3");
    }

    [Fact]
    public void Prepare_NamesWithOneAddress_AreOneObject()
    {
        // What takes no turns is the same for every name: a zone of many apps has it once. Unless another thread prepares something in between that is kept at the same place.
        PreparedAnswer Of(string name, uint ttl) => PreparedAnswer.Prepare(ZoneText.Name(name), PreparedAnswerTestSets.RoundRobin(1) with { Ttl = ttl }, null);
        Enumerable.Range(0, 100).Any(_ => ReferenceEquals(Of("one", 5), Of("other", 5))).ShouldBeTrue();
        Of("one", 5).ShouldNotBeSameAs(Of("one", 6));
    }

    [Fact]
    public void IsSameAs_AnyDifference_IsSeen()
    {
        var name = ZoneText.Name("web");
        PreparedAnswer Of(RecordSet set) => PreparedAnswer.Prepare(name, set, null);
        var answer = Of(PreparedAnswerTestSets.Weighted(1, 2));
        answer.IsSameAs(Of(PreparedAnswerTestSets.Weighted(1, 2))).ShouldBeTrue();
        answer.IsSameAs(Of(PreparedAnswerTestSets.Weighted(2, 1))).ShouldBeFalse();
        answer.IsSameAs(Of(PreparedAnswerTestSets.RoundRobin(2))).ShouldBeFalse();
        answer.IsSameAs(Of(PreparedAnswerTestSets.Weighted(1, 2, 3))).ShouldBeFalse();
        answer.IsSameAs(Of(PreparedAnswerTestSets.Weighted(1, 2) with { Ttl = 6 })).ShouldBeFalse();
        answer.IsSameAs(Of(PreparedAnswerTestSets.Weighted(1, 2) with { MaxRecords = 1 })).ShouldBeFalse();
    }

    private static int[] Firsts(RecordSet set, int answers)
    {
        var answer = PreparedAnswer.Prepare(ZoneText.Name("web"), set, null);
        var firsts = new int[set.Records.Length];
        for (var i = 0; i < answers; i++)
            firsts[answer.Next(default)[15] - 1]++;
        return firsts;
    }

    /// <summary>The last bytes of the addresses, in the order of the next answer.</summary>
    private static string Last(PreparedAnswer answer) => string.Join(' ', answer.Next(default).ToArray().Chunk(16).Select(record => record[15]));
}
