using Federation.Api.Agents;
using Federation.Grains.Clusters;

namespace Federation.Grains.Tests.Clusters;

public sealed class ReportSequenceTests
{
    [Theory]
    [InlineData("s", 2, false, nameof(ReportVerdict.Repeat))]
    [InlineData("s", 2, true, nameof(ReportVerdict.Repeat))]
    [InlineData("s", 3, false, nameof(ReportVerdict.Accept))]
    [InlineData("s", 4, false, nameof(ReportVerdict.Resync))]
    [InlineData("s", 4, true, nameof(ReportVerdict.Accept))]
    [InlineData("t", 1, false, nameof(ReportVerdict.Resync))]
    [InlineData("t", 1, true, nameof(ReportVerdict.Accept))]
    public void Take_AfterTwoReports_FollowsTheTable(string session, long number, bool full, string verdict)
    {
        var sequence = new ReportSequence();
        sequence.Take(new Report { Session = "s", Sequence = 1, Full = true });
        sequence.Take(new Report { Session = "s", Sequence = 2 });

        sequence.Take(new Report { Session = session, Sequence = number, Full = full }).ToString().ShouldBe(verdict);
        sequence.AcknowledgedOf(session).ShouldBe(verdict == nameof(ReportVerdict.Accept) ? number : session == "s" ? 2 : 0);
    }

    [Fact]
    public void Take_Fresh_TrustsOnlyAFullReport()
    {
        var sequence = new ReportSequence();

        sequence.Take(new Report { Session = "s", Sequence = 7 }).ShouldBe(ReportVerdict.Resync);
        sequence.IsSynced.ShouldBeFalse();
        sequence.Take(new Report { Session = "s", Sequence = 8, Full = true }).ShouldBe(ReportVerdict.Accept);
        sequence.IsSynced.ShouldBeTrue();
    }
}
