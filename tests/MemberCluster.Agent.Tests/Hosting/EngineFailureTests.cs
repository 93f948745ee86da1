using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using ContainerState = MemberCluster.Agent.Runtime.ContainerState;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>The engine, its disk or the agent's own disk fails: what is said, and that it goes on afterwards.</summary>
public sealed class EngineFailureTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_ImageCannotBePulled_SaysSoAndRecovers()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2, image: "absent:1"));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "ImageNotFound" }, "the reason");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(occurrence => occurrence is { Reason: "ImageNotFound", Kind: "App" }), "an event");
        _fixture.ControlPlane.Pods.ShouldAllBe(pod => pod.Status.Phase == "Pending");

        _fixture.Engine.AddRegistryImage("absent:1");
        await _fixture.UntilReadyAsync(2);
        _fixture.ControlPlane.StatusOf("uid-web")!.Reason.ShouldBeNull();
    }

    [Fact]
    public async Task Run_EngineRefusesAContainerForEver_AnotherTakesItsPlace()
    {
        // What an engine does that stopped in the middle of a start: "task … already exists", however often it is asked.
        string? refused = null;
        _fixture.Engine.Faults.Fail(FakeOperation.StartContainer, RuntimeFailure.EngineFault, when: container => container == (refused ??= container));
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);
        _fixture.Containers.Single().Id.ShouldNotBe(refused);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: null }, "nothing is said any more");
    }

    [Fact]
    public async Task Run_StepFailedAndIsNotWantedAnyMore_NothingIsSaidOfItAnyMore()
    {
        _fixture.Engine.Faults.Fail(FakeOperation.RemoveContainer, RuntimeFailure.EngineUnavailable);
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilAsync(
            () =>
            {
                foreach (var running in _fixture.RunningIds)
                    _fixture.Engine.Crash(running);
                return _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "EngineUnavailable" };
            },
            "a dead container cannot be removed", TimeSpan.FromSeconds(1));

        // The clock stands still: the agent does not try again before they are gone.
        _fixture.Engine.Faults.Clear();
        var engine = _fixture.Engine.Connect();
        foreach (var dead in _fixture.Containers.Where(container => container.State == ContainerState.Exited))
            await engine.Containers.RemoveAsync(dead.Id, force: true, CancellationToken.None);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: null, Ready: 1 }, "nothing is said any more");
    }

    [Fact]
    public async Task Run_CommandCannotBeRun_BacksOffAndContainersDoNotPileUp()
    {
        _fixture.Engine.Faults.Fail(FakeOperation.StartContainer, RuntimeFailure.StartFailed);
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "StartFailed" }, "the reason");
        var later = _fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(2);
        await _fixture.UntilAsync(() => _fixture.Time.GetUtcNow() >= later, "two minutes pass", TimeSpan.FromMilliseconds(500));
        _fixture.Containers.Length.ShouldBeLessThanOrEqualTo(1);
        _fixture.ControlPlane.StatusOf("uid-web")!.Reason.ShouldBe("StartFailed");
        _fixture.Engine.Faults.Clear();
        await _fixture.UntilReadyAsync(1);
    }

    [Fact]
    public async Task Run_DiskFull_PausesSaysSoAndRecovers()
    {
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory is not null, "the first report");
        _fixture.Engine.Faults.DiskFull = true;
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "DiskFull" }, "the reason");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory!.EngineProblem == "DiskFull", "the inventory says so");

        _fixture.Engine.Faults.DiskFull = false;
        await _fixture.UntilReadyAsync(2);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory!.EngineProblem is null, "the inventory is fine again");
    }

    [Fact]
    public async Task Run_EngineStopsAndComesBack_PodsAreAdopted()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3));
        await _fixture.UntilReadyAsync(3);
        var before = _fixture.RunningIds;
        _fixture.Engine.IsDown = true;
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory!.EngineProblem == "EngineUnavailable", "the inventory says so");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "EngineUnavailable" }, "the work says so");
        _fixture.Engine.Crash(before[0]);
        await _fixture.PassAsync(TimeSpan.FromSeconds(5));
        _fixture.Engine.IsDown = false;

        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: null, Ready: 3 }, "it recovers");
        before.Skip(1).ShouldBeSubsetOf(_fixture.RunningIds);
        _fixture.Containers.Count(container => container.State == ContainerState.Running).ShouldBe(3);
    }

    [Fact]
    public async Task Run_EngineStopsWhileAPodWaitsForItsNextTry_TheAgentRests()
    {
        _fixture.Engine.Faults.Fail(FakeOperation.StartContainer, RuntimeFailure.EngineUnavailable);
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "EngineUnavailable" }, "a start failed");
        _fixture.Engine.IsDown = true;
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory!.EngineProblem == "EngineUnavailable", "the engine's absence is known");
        await _fixture.PassAsync(TimeSpan.FromSeconds(5));

        // The clock stands still: a loop that wakes itself up again and again shows as a timer that is due at once.
        for (var look = 0; look < 20; look++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            _fixture.Time.NextDue!.Value.ShouldBeGreaterThan(_fixture.Time.GetUtcNow());
        }

        _fixture.Engine.Faults.Clear();
        _fixture.Engine.IsDown = false;
        await _fixture.UntilReadyAsync(2);
    }

    [Fact]
    public async Task Run_StepEndsWhileThePlanThatStopsItIsMade_TheAgentLivesOn()
    {
        _fixture.Engine.Faults.Delay(FakeOperation.StartContainer, TimeSpan.FromSeconds(3), times: 1);
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilAsync(() => _fixture.Containers.Length == 1, "the start is under way");

        // The new template makes a pod and stops the one that is not ready yet, in one plan; between the two the old one's start ends.
        _fixture.BeforeNewUid = () =>
        {
            _fixture.BeforeNewUid = null;
            _fixture.Time.Advance(TimeSpan.FromSeconds(3));
            SpinWait.SpinUntil(() => _fixture.RunningIds.Length == 1, TimeSpan.FromSeconds(5)).ShouldBeTrue();
            SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(100));
        };
        _fixture.ControlPlane.Apply(TestWorks.Web(1, hash: "hash-2"));
        await _fixture.UntilReadyAsync(1);
        await _fixture.UntilAsync(() => _fixture.Containers.Length == 1, "the old pod is gone");
    }

    [Fact]
    public async Task Run_DataDirectoryFails_GoesOnSaysSoAndStoresLater()
    {
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Inventory is not null, "the first report");
        // Even root cannot write a file where a directory is in its way.
        var obstacle = Directory.CreateDirectory(Path.Combine(_fixture.Options.Data, "works", "uid-web.json.tmp", "x"));
        var revision = _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(occurrence => occurrence is { Reason: "DataDirectoryFailed", Kind: "Cluster" }), "an event");
        _fixture.ControlPlane.Reports[^1].AppliedRevision.ShouldBeLessThan(revision, "only what is stored counts as applied");

        obstacle.Parent!.Delete(recursive: true);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Reports[^1].AppliedRevision >= revision, "it is stored");
    }

    [Fact]
    public async Task Start_NoEngine_EndsWithASentence()
    {
        _fixture.Engine.IsDown = true;
        _fixture.Start();
        var exception = await Should.ThrowAsync<MemberCluster.Agent.Hosting.AgentStartException>(() => _fixture.Running);
        exception.Message.ShouldStartWith("No container engine answers at unix:///var/run/docker.sock");
    }
}
