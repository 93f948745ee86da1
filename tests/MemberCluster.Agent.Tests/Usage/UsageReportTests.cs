using Federation.Api.Agents;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Usage;

public sealed class UsageReportTests : IAsyncLifetime
{
    private readonly AgentFixture _agent = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _agent.DisposeAsync();

    [Fact]
    public async Task Report_RunningPods_CarriesTheirUsageOnceAndThenOnlyWhatChanges()
    {
        _agent.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { CpuLoad = 0.25, MemoryBytes = 8 << 20 });
        _agent.ControlPlane.Apply(TestWorks.Web(2).WithContainers("main", "side"));
        _agent.Start();

        await _agent.UntilAsync(() => Usages.Any(usage => usage.Pods.Count == 2 && usage.Pods.All(pod => pod.Containers.Count == 2)), "both pods are measured");

        var first = Usages.Last(usage => usage.Pods.Count == 2);
        first.Pods.SelectMany(pod => pod.Containers).ShouldAllBe(container => container.CpuMilli == 250 && container.MemoryBytes == 8 << 20);
        first.Pods.SelectMany(pod => pod.Containers).Select(container => container.Name).Distinct().Order().ShouldBe(["main", "side"]);
        await _agent.UntilAsync(() => Usages.Last().At >= first.At + TimeSpan.FromSeconds(15), "it is measured again");
        Usages.Last().Pods.ShouldBeEmpty("nothing changed");
    }

    [Fact]
    public async Task Report_Usage_CausesNoReportOfItsOwn()
    {
        _agent.ControlPlane.Apply(TestWorks.Web(1));
        _agent.Start();
        await _agent.UntilReadyAsync(1);
        await _agent.UntilAsync(() => Usages.Count > 0, "it is measured");
        var before = _agent.ControlPlane.Reports.Count;
        var since = _agent.Time.GetUtcNow();

        await _agent.PassAsync(TimeSpan.FromSeconds(60));

        var beats = (_agent.Time.GetUtcNow() - since).TotalSeconds;
        (_agent.ControlPlane.Reports.Count - before).ShouldBeLessThanOrEqualTo((int)beats + 1);
        Usages.Count.ShouldBeGreaterThan(2);
    }

    [Fact]
    public void Take_ManyChanges_AreSpreadOverReportsAndNoneIsLost()
    {
        var contents = new ReportContents();
        contents.SetUsage(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(15), [.. Enumerable.Range(0, ReportContents.MostUsages + 1).Select(number => PodUsage($"p{number}", 1))]);

        var (lost, given) = contents.Take(isFull: false);
        contents.GiveBack(given);
        var first = contents.Take(isFull: false).Report.Usage!;
        var second = contents.Take(isFull: false).Report.Usage!;

        lost.Usage!.Pods.Count.ShouldBe(ReportContents.MostUsages);
        first.Pods.Concat(second.Pods).Select(pod => pod.Name).Distinct().Count().ShouldBe(ReportContents.MostUsages + 1);
        contents.Take(isFull: false).Report.Usage.ShouldBeNull();
        contents.Take(isFull: true).Report.Usage!.Pods.Count.ShouldBe(ReportContents.MostUsages + 1);
    }

    private List<ClusterUsage> Usages => [.. _agent.ControlPlane.Reports.Select(report => report.Usage).OfType<ClusterUsage>()];

    private static PodUsage PodUsage(string name, long cpu) => new() { Namespace = "default", Name = name, Containers = [new ContainerUsage { Name = "main", CpuMilli = cpu }] };
}
