using MemberCluster.Agent.ClusterRole;
using Federation.TestKit.Time;

namespace MemberCluster.Agent.Tests.ClusterRole;

public sealed class RevisionsTests
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void BeginAbove_TheClockWasSetBackByHours_EveryRevisionIsAboveWhatTheSharesRemember()
    {
        var before = new Revisions("first", _time);
        var remembered = before.Next();
        var after = new Revisions("second", new ManualTimeProvider(_time.GetUtcNow().AddHours(-3)));

        after.BeginAbove(remembered);

        after.Start.ShouldBeGreaterThan(remembered);
        after.Next().ShouldBeGreaterThan(after.Start);
    }

    [Fact]
    public void BeginAbove_NothingIsRemembered_TheyBeginAtThePresentTime()
    {
        var revisions = new Revisions("first", _time);

        revisions.BeginAbove(0);

        revisions.Start.ShouldBe(_time.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
