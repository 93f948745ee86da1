using Federation.Api;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>Agents that start again in the middle of something, and engines that finish what nobody waits for any more.</summary>
public sealed class RolloutRestartTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_KilledInTheMiddleOfARollout_PodsOfTheOldTemplateAreProbedAgain()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2, readiness: TestWorks.HttpProbe(period: 1)));
        await _fixture.UntilReadyAsync(2);
        var old = _fixture.RunningIds;
        _fixture.Prober.Answer = (target, _) => target.Spec.Image != "web:2";
        _fixture.ControlPlane.Apply(TestWorks.Web(2, hash: "hash-2", image: "web:2", readiness: TestWorks.HttpProbe(period: 1)));
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 3, "a pod of the new template");
        await _fixture.KillAsync();

        // The new agent never saw the old template come in; the pods made from it must still be found wanting.
        _fixture.Prober.Answer = (_, _) => false;
        _fixture.Start();
        await _fixture.UntilAsync(
            () => _fixture.ControlPlane.Pods.Where(pod => pod.Metadata.Labels[PodLabels.TemplateHash] == "hash-1").All(pod => !pod.Status.ContainerStatuses[0].Ready)
                && _fixture.ControlPlane.StatusOf("uid-web") is { Ready: 0 },
            "the old pods are found not ready");
        old.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Run_EngineMakesAContainerAfterItsPodWasRemoved_ItNeverRunsAndGoes()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);
        var spec = new ContainerSpec { Name = "late", Image = TestWorks.Image, Labels = _fixture.Containers.Single().Labels };
        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Gone: true }, "gone");
        await _fixture.UntilAsync(() => Directory.GetFiles(Path.Combine(_fixture.Options.Data, "works")).Length == 0, "the tombstone is forgotten");
        var starts = _fixture.Engine.StartCount;

        // A create that was broken off, and that the engine carries out all the same.
        await _fixture.Engine.Connect().Containers.CreateAsync(spec, CancellationToken.None);

        await _fixture.UntilAsync(() => _fixture.Containers.IsEmpty, "it is removed");
        _fixture.Engine.StartCount.ShouldBe(starts);
    }

    [Fact]
    public async Task Run_StartIsBrokenOffAndTheEngineCarriesItOut_TheContainerIsKnownAndNotMadeTwice()
    {
        _fixture.Engine.Faults.Fail(FakeOperation.StartContainer, RuntimeFailure.Timeout, times: 1);
        // It is to make room for another; the engine starts it before it can be removed.
        _fixture.Engine.Faults.Fail(FakeOperation.RemoveContainer, RuntimeFailure.Timeout, times: 1);
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilAsync(() => _fixture.Containers.Length == 1, "it is made");
        await _fixture.Engine.Connect().Containers.StartAsync(_fixture.Containers.Single().Id, CancellationToken.None);

        await _fixture.UntilReadyAsync(1);
        await _fixture.PassAsync(TimeSpan.FromSeconds(40));
        _fixture.RunningIds.Length.ShouldBe(1);
        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Gone: true }, "gone");
        _fixture.Containers.ShouldBeEmpty();
    }
}
