using Federation.Api.Agents;
using Federation.Api.Pods;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>One instance stops because somebody asked for it, and its work goes on.</summary>
public sealed class EvictionTests : IAsyncLifetime
{
    private readonly AgentFixture _agent = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _agent.DisposeAsync();

    [Fact]
    public async Task Evicted_OneOfTwo_StopsAndIsReplacedWhileTheOtherRunsOn()
    {
        var (victim, other) = await StartTwoAsync();

        _agent.ControlPlane.Evict(Eviction(victim));

        await _agent.UntilAsync(() => Find(victim) is null, "the evicted pod is gone");
        await _agent.UntilReadyAsync(2);
        Find(other).ShouldNotBeNull();
        // The same order, repeated by every bookmark, ends nobody else.
        _agent.ControlPlane.Evict(Eviction(victim));
        var running = _agent.RunningIds;
        await _agent.PassAsync(TimeSpan.FromSeconds(10));
        _agent.RunningIds.ShouldBe(running);
    }

    [Fact]
    public async Task Evicted_TakesItsTime_IsShownAsTerminatingUntilTheGracePeriodEnds()
    {
        _agent.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { StopsAfter = null });
        var (victim, _) = await StartTwoAsync();
        var asked = _agent.Time.GetUtcNow();

        _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 7 });

        await _agent.UntilAsync(() => Find(victim)?.IsDeleting == true, "it is shown as stopping");
        Find(victim)!.Metadata.DeletionGracePeriodSeconds.ShouldBe(7);
        await _agent.UntilAsync(() => Find(victim) is null, "it is killed");
        (_agent.Time.GetUtcNow() - asked).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task Evicted_AgainWithoutGrace_IsKilledAtOnce()
    {
        _agent.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { StopsAfter = null });
        var (victim, _) = await StartTwoAsync();
        _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 3600 });
        await _agent.UntilAsync(() => Find(victim)?.IsDeleting == true, "it is shown as stopping");
        var asked = _agent.Time.GetUtcNow();

        _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 0 });

        await _agent.UntilAsync(() => Find(victim) is null, "it is killed");
        (_agent.Time.GetUtcNow() - asked).ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Evicted_AnotherUidOfTheSameName_ConcernsNobody()
    {
        var (victim, _) = await StartTwoAsync();
        var running = _agent.RunningIds;

        _agent.ControlPlane.Evict(Eviction(victim) with { Uid = "another" }, Eviction(victim) with { Namespace = "another" });

        await _agent.PassAsync(TimeSpan.FromSeconds(10));
        _agent.RunningIds.ShouldBe(running);
    }

    [Fact]
    public async Task Evicted_AgentKilledMeanwhile_TheNextOneCarriesItOut()
    {
        _agent.Engine.AddImage(TestWorks.Image, FakeProgram.Forever with { StopsAfter = null });
        var (victim, other) = await StartTwoAsync();
        _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 3600 });
        await _agent.UntilAsync(() => Find(victim)?.IsDeleting == true, "it is shown as stopping");
        await _agent.KillAsync();
        _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 1 });

        _agent.Start();

        // Every bookmark repeats it: one that comes before the agent knows what runs is not the last.
        await _agent.UntilAsync(
            () =>
            {
                _agent.ControlPlane.Evict(Eviction(victim) with { GracePeriodSeconds = 1 });
                return Find(victim) is null;
            },
            "the next agent carries the order out");
        await _agent.UntilReadyAsync(2);
        Find(other).ShouldNotBeNull();
    }

    private async Task<(Pod Victim, Pod Other)> StartTwoAsync()
    {
        _agent.ControlPlane.Apply(TestWorks.Web(2));
        _agent.Start();
        await _agent.UntilReadyAsync(2);
        await _agent.UntilAsync(() => _agent.ControlPlane.Pods.Count == 2, "both pods are reported");
        var pods = _agent.ControlPlane.Pods.OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal).ToList();
        return (pods[0], pods[1]);
    }

    private Pod? Find(Pod wanted) => _agent.ControlPlane.Pods.FirstOrDefault(pod => pod.Metadata.Uid == wanted.Metadata.Uid);

    private static PodEviction Eviction(Pod pod) =>
        new() { Namespace = pod.Metadata.Namespace!, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid!, GracePeriodSeconds = 2 };
}
