using Federation.TestKit.Time;
using MemberCluster.Agent.Leases;

namespace MemberCluster.Agent.Tests.Leases;

public sealed class LeaseTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Renew_AnswerCameLate_CountsFromTheSending()
    {
        var lease = new Lease(_time);
        lease.IsHeld.ShouldBeFalse();
        var sentAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(3));
        lease.Renew(sentAt, TimeSpan.FromSeconds(5));
        lease.Remaining.ShouldBe(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(2));
        lease.IsHeld.ShouldBeFalse();
    }

    [Fact]
    public void Renew_AnswersOutOfOrder_TheOlderOneChangesNothing()
    {
        var lease = new Lease(_time);
        var first = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        lease.Renew(_time.GetTimestamp(), TimeSpan.FromSeconds(5));
        lease.Renew(first, TimeSpan.FromSeconds(5));
        lease.Remaining.ShouldBe(TimeSpan.FromSeconds(5));
    }
}
