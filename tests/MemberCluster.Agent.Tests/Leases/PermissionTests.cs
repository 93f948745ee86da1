using Federation.Api.Agents;
using Federation.TestKit.Time;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.Tests.Leases;

public sealed class PermissionTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly Permission _permission;

    public PermissionTests() => _permission = new Permission(_time);

    [Fact]
    public void Left_NothingWasGiven_IsNone() => Left("a", 100).ShouldBe(TimeSpan.Zero);

    [Fact]
    public void Left_Given_IsCountedFromWhenTheReportWasSent()
    {
        var sentAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(3));
        _permission.Take(sentAt, Answer(10, 5));
        Left("a", 5).ShouldBe(TimeSpan.FromSeconds(7));
        _time.Advance(TimeSpan.FromSeconds(7));
        Left("a", 5).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Left_PositionIsNotReached_IsNoneUntilItIs()
    {
        _permission.Take(_time.GetTimestamp(), Answer(10, 5));
        Left("a", 4).ShouldBe(TimeSpan.Zero);
        Left("b", 5).ShouldBe(TimeSpan.Zero, "another store's positions say nothing");
        Left("a", 5).ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Left_NextPositionIsNotReached_TheOneBeforeCountsOn()
    {
        _permission.Take(_time.GetTimestamp(), Answer(10, 5));
        _time.Advance(TimeSpan.FromSeconds(2));
        _permission.Take(_time.GetTimestamp(), Answer(10, 6));
        _permission.Take(_time.GetTimestamp(), Answer(10, 7));
        Left("a", 5).ShouldBe(TimeSpan.FromSeconds(8));
        Left("a", 6).ShouldBe(TimeSpan.FromSeconds(10), "although a third waits");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Take_NoPermission_ChangesNothing(double seconds)
    {
        _permission.Take(_time.GetTimestamp(), Answer(10, 5));
        _permission.Take(_time.GetTimestamp(), Answer(seconds, 0));
        Left("a", 5).ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Take_OlderAnswerComesLate_ShortensNothing()
    {
        var early = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(4));
        _permission.Take(_time.GetTimestamp(), Answer(10, 5));
        _permission.Take(early, Answer(10, 5));
        Left("a", 5).ShouldBe(TimeSpan.FromSeconds(10));
    }

    private TimeSpan Left(string store, long revision) => _permission.Left(new StreamPosition(store, revision));

    private static ReportAnswer Answer(double seconds, long from) => new() { FenceSeconds = seconds, FenceFrom = from, FenceStore = "a" };
}
