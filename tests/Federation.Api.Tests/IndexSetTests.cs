using Federation.Api.Agents;

namespace Federation.Api.Tests;

public sealed class IndexSetTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("3", "3")]
    [InlineData("0-4,7", "0-4,7")]
    [InlineData("7, 0-2 ,3,3-5", "0-5,7")]
    [InlineData("x,-1,5-2,4", "4")]
    [InlineData("0-2147483647", "0-2147483647")]
    public void Parse_AnyText_IsWrittenInOrder(string text, string written) => IndexSet.Parse(text).ToString().ShouldBe(written);

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Operations_RandomSets_AgreeWithPlainSets(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var (left, right) = (RandomSet(random), RandomSet(random));
            var (a, b) = (IndexSet.Of(left), IndexSet.Of(right));
            a.Union(b).AsEnumerable().ShouldBe(left.Union(right).Order(), $"seed {seed}");
            a.Except(b).AsEnumerable().ShouldBe(left.Except(right).Order(), $"seed {seed}");
            a.Intersect(b).AsEnumerable().ShouldBe(left.Intersect(right).Order(), $"seed {seed}");
            var count = random.Next(0, 12);
            a.Take(count).AsEnumerable().ShouldBe(left.Order().Take(count), $"seed {seed}");
            a.Count.ShouldBe(left.Count);
            Enumerable.Range(0, 22).Where(a.Contains).ShouldBe(left.Order());
            IndexSet.Parse(a.ToString()).Equals(a).ShouldBeTrue();
            a.Equals(b).ShouldBe(left.SetEquals(right));
        }
    }

    private static HashSet<int> RandomSet(Random random) => [.. Enumerable.Range(0, random.Next(0, 15)).Select(_ => random.Next(0, 20))];
}
