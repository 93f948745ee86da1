using Federation.Api.Agents;
using Federation.Api.Apps;
using Federation.Domain.Works;

namespace Federation.Domain.Tests.Works;

public sealed class ObservationMergerTests
{
    private static readonly ClusterShare Active = new() { Cluster = "b", Region = "eu", Replicas = 2, Phase = SharePhase.Active };
    private static readonly ClusterShare Withdrawing = new() { Cluster = "b", Phase = SharePhase.Withdrawing, WithdrawnAfter = 12 };

    [Fact]
    public void Merge_Counts_ReplaceTheLastOnesAndNothingElse()
    {
        var status = Merge(Of(Active), new WorkStatus { Running = 2, Ready = 1, Updated = 2, TemplateHash = "abc", Reason = "CrashLoopBackOff", Message = "exit code 1" });

        status.Clusters.ShouldHaveSingleItem().ShouldBe(
            Active with { Running = 2, Ready = 1, Updated = 2, TemplateHash = "abc", Reason = "CrashLoopBackOff", Message = "exit code 1" });
    }

    [Fact]
    public void Merge_NothingNew_IsTheSameInstance()
    {
        var status = Of(Active with { Running = 2, Ready = 2, Updated = 2, TemplateHash = "abc" });

        Merge(status, new WorkStatus { Running = 2, Ready = 2, Updated = 2, TemplateHash = "abc" }).ShouldBeSameAs(status);
    }

    [Fact]
    public void Merge_GoneAfterTheWithdrawal_DropsTheShare() =>
        Merge(Of(Withdrawing), new WorkStatus { Gone = true, Revision = 13 }).Clusters.ShouldBeEmpty();

    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    public void Merge_GoneOfAnEarlierWithdrawal_KeepsTheShare(long revision) =>
        Merge(Of(Withdrawing), new WorkStatus { Gone = true, Revision = revision }).Clusters.ShouldHaveSingleItem();

    [Fact]
    public void Merge_GoneWhileActive_KeepsTheShareWithoutCounts() =>
        Merge(Of(Active with { Running = 2, Ready = 2 }), new WorkStatus { Gone = true, Revision = 99 }).Clusters.ShouldHaveSingleItem().ShouldBe(Active);

    [Fact]
    public void Merge_RunsWithoutAShare_IsEnteredAsAwayInOrder()
    {
        var status = Merge(Of(Active with { Cluster = "a" }, Active with { Cluster = "c" }), new WorkStatus { Running = 1, Orphan = true, TemplateHash = "abc" });

        status.Clusters.Select(share => share.Cluster).ShouldBe(["a", "b", "c"]);
        status.Clusters[1].ShouldBe(new ClusterShare { Cluster = "b", Region = "eu", Phase = SharePhase.Away, Since = TestApps.Start, Running = 1, TemplateHash = "abc" });
    }

    [Fact]
    public void Merge_NothingRunsAndNoShare_IsTheSameInstance()
    {
        var status = Of();
        Merge(status, new WorkStatus { Gone = true, Revision = 99 }).ShouldBeSameAs(status);
        Merge(status, new WorkStatus { Running = 0 }).ShouldBeSameAs(status);
    }

    [Fact]
    public void MergeMissing_DropsAWithdrawnShareAndEmptiesAnActiveOne()
    {
        ObservationMerger.MergeMissing(Of(Withdrawing).Clusters, "b", appliedRevision: 13).ShouldBeEmpty();
        ObservationMerger.MergeMissing(Of(Withdrawing).Clusters, "b", appliedRevision: 12).ShouldHaveSingleItem();
        ObservationMerger.MergeMissing(Of(Active with { Running = 2, Ready = 2, Updated = 2, TemplateHash = "abc" }).Clusters, "b", 99).ShouldHaveSingleItem().ShouldBe(Active);
    }

    private static AppStatus Of(params ClusterShare[] shares) => new() { Clusters = shares };

    private static AppStatus Merge(AppStatus status, WorkStatus report)
    {
        var shares = ObservationMerger.Merge(status.Clusters, "b", "eu", report, TestApps.Start);
        return ReferenceEquals(shares, status.Clusters) ? status : status with { Clusters = shares };
    }
}
