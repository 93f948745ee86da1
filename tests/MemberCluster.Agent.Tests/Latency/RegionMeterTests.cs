using MemberCluster.Agent.Latency;

namespace MemberCluster.Agent.Tests.Latency;

public sealed class RegionMeterTests
{
    private readonly RegionMeter _meter = new();

    [Fact]
    public void Take_FirstTime_IsTold()
    {
        Take(("us", 90.04), ("ap", null)).ShouldBeTrue();
        Told().ShouldBe("us=90");
    }

    [Fact]
    public void Take_ValueThatWavers_IsNoNews()
    {
        Take(("us", 100));
        for (var i = 0; i < 20; i++)
            Take(("us", i % 2 == 0 ? 80 : 125)).ShouldBeFalse();
        Told().ShouldBe("us=100");
        Take(("us", 1000)).ShouldBeTrue("one far off is followed by a quarter");
        _meter.Told[0].Milliseconds.ShouldBeInRange(300, 350);
    }

    [Fact]
    public void Take_ShortWay_IsNoNewsBelowTwoMilliseconds()
    {
        Take(("us", 1));
        for (var i = 0; i < 20; i++)
            Take(("us", 2.9)).ShouldBeFalse();
        Told().ShouldBe("us=1");
    }

    [Fact]
    public void Take_LastingChange_IsToldOnceAndNotUndoneByAStepBack()
    {
        Take(("us", 50));
        Enumerable.Range(0, 20).Count(_ => Take(("us", 61))).ShouldBe(1);
        Told().ShouldBe("us=60.2", "told when it left the old value by a fifth");
        Enumerable.Range(0, 20).Count(_ => Take(("us", 52))).ShouldBe(0);
    }

    [Fact]
    public void Take_SilentRegion_IsForgottenAfterThreeMissesInARow()
    {
        Take(("us", 90));
        Take(("us", null)).ShouldBeFalse();
        Take(("us", null)).ShouldBeFalse();
        Take(("us", 90)).ShouldBeFalse();
        Take(("us", null)).ShouldBeFalse();
        Take(("us", null)).ShouldBeFalse();
        Take(("us", null)).ShouldBeTrue();
        Told().ShouldBe("");
        Take(("us", null)).ShouldBeFalse();
        Take(("us", 40)).ShouldBeTrue("measured anew, without what it was before");
        Told().ShouldBe("us=40");
    }

    [Fact]
    public void Take_RegionThatIsNoPeerAnyMore_IsGoneAtOnce()
    {
        Take(("us", 90), ("ap", 20));
        Take(("ap", 20)).ShouldBeTrue();
        Told().ShouldBe("ap=20");
    }

    private bool Take(params (string Region, double? Milliseconds)[] round) =>
        _meter.Take(round.ToDictionary(one => one.Region, one => one.Milliseconds is { } time ? TimeSpan.FromMilliseconds(time) : (TimeSpan?)null));

    private string Told() => string.Join(' ', _meter.Told.Select(one => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{one.Region}={one.Milliseconds}")));
}
