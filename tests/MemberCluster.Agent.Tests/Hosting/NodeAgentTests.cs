using System.Net;
using System.Net.Sockets;
using Federation.Api;
using Federation.Api.Agents;
using Federation.Api.Meta;
using Federation.Api.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using ContainerState = MemberCluster.Agent.Runtime.ContainerState;

namespace MemberCluster.Agent.Tests.Hosting;

public sealed class NodeAgentTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_WorkArrives_PodsRunAndAreReportedAsKubernetesExpects()
    {
        _fixture.Start();
        var revision = _fixture.ControlPlane.Apply(TestWorks.Web(3));
        await _fixture.UntilReadyAsync(3);

        _fixture.RunningIds.Length.ShouldBe(3);
        var status = _fixture.ControlPlane.StatusOf("uid-web")!;
        (status.Desired, status.Revision, status.TemplateHash, status.Reason, status.Orphan).ShouldBe((3, revision, "hash-1", null, false));
        var pods = _fixture.ControlPlane.Pods;
        pods.Select(pod => pod.Metadata.Name).Distinct().Count().ShouldBe(3);
        var pod = pods[0];
        pod.Metadata.Namespace.ShouldBe("default");
        pod.Metadata.Labels["app"].ShouldBe("web");
        pod.Metadata.Labels[PodLabels.Cluster].ShouldBe("us-east-1");
        pod.Metadata.OwnerReferences.Single().ShouldBe(new OwnerReference { ApiVersion = "federation/v1", Kind = "App", Name = "web", Uid = "uid-web", Controller = true });
        pod.Spec.NodeName.ShouldBe("us-east-1.fake");
        pod.Status.Phase.ShouldBe("Running");
        pod.Status.PodIP.ShouldNotBeNull();
        pod.Status.HostIP.ShouldBe("127.0.0.1");
        pod.Status.Conditions.IsTrue(PodConditions.Ready).ShouldBeTrue();
        var container = pod.Status.ContainerStatuses.Single();
        (container.Name, container.Ready, container.RestartCount).ShouldBe(("main", true, 0));
        container.State.Running.ShouldNotBeNull();
        container.ContainerID.ShouldStartWith("docker://");
    }

    [Fact]
    public async Task Run_ContainerIsMade_ItKnowsWhereItRuns()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);

        var labels = _fixture.Containers.Single().Labels;
        labels[PodLabels.Cluster].ShouldBe("us-east-1");
        labels[PodLabels.Uid].ShouldBe("uid-web");
        labels[PodLabels.TemplateHash].ShouldBe("hash-1");
        labels[PodLabels.Pod].ShouldBe(_fixture.ControlPlane.Pods.Single().Metadata.Name);
    }

    [Fact]
    public async Task Run_Scaled_FollowsUpAndDown()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(6));
        await _fixture.UntilReadyAsync(6);
        var before = _fixture.RunningIds;
        _fixture.ControlPlane.Apply(TestWorks.Web(12));
        await _fixture.UntilReadyAsync(12);
        before.ShouldBeSubsetOf(_fixture.RunningIds);
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);

        await _fixture.UntilAsync(() => _fixture.Containers.Length == 2, "no leftovers");
        _fixture.RunningIds.ShouldBeSubsetOf(before);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.Count == 2, "only two pods are reported");
    }

    [Fact]
    public async Task Run_TemplateChanges_NeverFewerReadyPodsThanReplicas()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3, readiness: TestWorks.HttpProbe()));
        await _fixture.UntilReadyAsync(3);
        var fewest = int.MaxValue;
        var most = 0;
        _fixture.ControlPlane.Apply(TestWorks.Web(3, hash: "hash-2", image: "web:2", readiness: TestWorks.HttpProbe()));
        await _fixture.UntilAsync(
            () =>
            {
                fewest = Math.Min(fewest, _fixture.RunningIds.Length);
                most = Math.Max(most, _fixture.RunningIds.Length);
                return _fixture.ControlPlane.StatusOf("uid-web") is { Updated: 3, Ready: 3, TemplateHash: "hash-2" } && _fixture.Containers.Length == 3;
            },
            "all pods are of the new template");

        fewest.ShouldBeGreaterThanOrEqualTo(3);
        most.ShouldBeLessThanOrEqualTo(5, "one more, and one that is being stopped");
        _fixture.Containers.ShouldAllBe(container => container.Image == "web:2");
    }

    [Fact]
    public async Task Run_NewTemplateNeverGetsReady_OldPodsGoOn()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3, readiness: TestWorks.HttpProbe()));
        await _fixture.UntilReadyAsync(3);
        var before = _fixture.RunningIds;
        _fixture.Prober.Answer = (target, _) => target.Spec.Image != "web:2";
        _fixture.ControlPlane.Apply(TestWorks.Web(3, hash: "hash-2", image: "web:2", readiness: TestWorks.HttpProbe()));
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 4, "a pod of the new template");
        await _fixture.PassAsync(TimeSpan.FromMinutes(1));

        before.ShouldBeSubsetOf(_fixture.RunningIds);
        _fixture.RunningIds.Length.ShouldBe(4);

        _fixture.ControlPlane.Apply(TestWorks.Web(3, readiness: TestWorks.HttpProbe()));
        await _fixture.UntilAsync(() => _fixture.Containers.Length == 3, "the broken pod goes");
        _fixture.RunningIds.ShouldBe(before);
    }

    [Fact]
    public async Task Run_Tombstone_NothingIsLeftAndGoneIsReportedOnce()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3));
        await _fixture.UntilReadyAsync(3);
        _fixture.ControlPlane.Delete("uid-web");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Gone: true }, "gone is reported");

        _fixture.Containers.ShouldBeEmpty();
        await _fixture.UntilAsync(() => Directory.GetFiles(Path.Combine(_fixture.Options.Data, "works")).Length == 0, "the tombstone is forgotten once it is acknowledged");
        _fixture.ControlPlane.Pods.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_ControlPlaneCutOff_CrashesAreStillRepairedAndGoneStaysKnown()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);
        _fixture.ControlPlane.IsCut = true;
        var victim = _fixture.RunningIds[0];
        _fixture.Engine.Crash(victim);
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 2, "the replacement");
        _fixture.RunningIds.ShouldNotContain(victim);

        _fixture.ControlPlane.IsCut = false;
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.Any(pod => pod.Status.ContainerStatuses.Any(status => status.RestartCount == 1)), "the restart is reported");
    }

    [Fact]
    public async Task Run_ContainerCrashes_IsReplacedAtOnceInTheSamePodAndTheDeadOneKept()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);
        var pod = _fixture.ControlPlane.Pods.Single();
        var before = _fixture.Time.GetUtcNow();
        _fixture.Engine.Crash(_fixture.RunningIds.Single(), exitCode: 7);
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 1, "the replacement", TimeSpan.FromMilliseconds(1));

        (_fixture.Time.GetUtcNow() - before).ShouldBeLessThan(TimeSpan.FromMilliseconds(500));
        _fixture.Containers.Length.ShouldBe(2);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods is [{ } now] && now.Status.ContainerStatuses[0].RestartCount == 1, "the restart is reported");
        var after = _fixture.ControlPlane.Pods.Single();
        (after.Metadata.Name, after.Metadata.Uid).ShouldBe((pod.Metadata.Name, pod.Metadata.Uid));
        after.Status.ContainerStatuses[0].LastState.Terminated!.ExitCode.ShouldBe(7);
    }

    [Fact]
    public async Task Run_CrashLoop_BacksOffAndKeepsOneDeadContainerOnly()
    {
        _fixture.Engine.AddImage("web:2", FakeProgram.ExitsWith(1, TimeSpan.FromMilliseconds(10)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, image: "web:2"));
        await _fixture.UntilAsync(() => _fixture.Engine.StartCount >= 7, "seven starts", TimeSpan.FromMilliseconds(100));

        // 0 s, 1 s, 2 s, 4 s, 8 s, 16 s between the seven.
        var passed = _fixture.Time.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        passed.ShouldBeInRange(TimeSpan.FromSeconds(31), TimeSpan.FromSeconds(36));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "CrashLoopBackOff" }, "the reason");
        await _fixture.UntilAsync(() => _fixture.Containers.Length <= 2, "old containers are removed");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.SingleOrDefault()?.Status.ContainerStatuses[0].State.Waiting?.Reason == "CrashLoopBackOff", "the pod says so");
    }

    [Fact]
    public async Task Run_LivenessFails_ContainerIsKilledAndReplaced()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1, liveness: TestWorks.HttpProbe(period: 1, failures: 2)));
        await _fixture.UntilReadyAsync(1);
        var sick = _fixture.RunningIds.Single();
        _fixture.Prober.Answer = (target, _) => target.Container != sick;
        await _fixture.UntilAsync(() => _fixture.RunningIds is [{ } id] && id != sick, "another container");

        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(occurrence => occurrence.Reason == "Unhealthy"), "an event says why");
        _fixture.ControlPlane.Pods.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_KilledAndStartedAgain_AdoptsWithoutRestart()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3, readiness: TestWorks.HttpProbe()));
        await _fixture.UntilReadyAsync(3);
        var before = _fixture.RunningIds;
        var pods = _fixture.ControlPlane.Pods.Select(pod => (pod.Metadata.Name, pod.Metadata.Uid)).Order().ToList();
        await _fixture.KillAsync();
        var reports = _fixture.ControlPlane.Reports.Count;
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Reports.Count > reports, "the new session's first report");

        var first = _fixture.ControlPlane.Reports[reports];
        (first.Full, first.Sequence).ShouldBe((true, 1));
        first.Works.Single().Ready.ShouldBe(3, "an agent that comes back must not say for a moment that nothing is ready");
        await _fixture.PassAsync(TimeSpan.FromMinutes(1));
        _fixture.RunningIds.ShouldBe(before);
        _fixture.Engine.StartCount.ShouldBe(3);
        _fixture.ControlPlane.Pods.Select(pod => (pod.Metadata.Name, pod.Metadata.Uid)).Order().ShouldBe(pods);
    }

    /// <summary>The first report replaces everything that the control plane knows: it is not sent while works are still being looked at.</summary>
    [Fact]
    public async Task Run_StartedAgainWithManyWorks_TheFirstReportNamesThemAll()
    {
        const int Works = 150;
        _fixture.Start();
        for (var work = 0; work < Works; work++)
            _fixture.ControlPlane.Apply(TestWorks.Web(0, $"uid-{work}"));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf($"uid-{Works - 1}") is not null, "the last one is reported");
        await _fixture.KillAsync();
        var reports = _fixture.ControlPlane.Reports.Count;
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Reports.Count > reports, "the new session's first report");

        _fixture.ControlPlane.Reports[reports].Works.Count.ShouldBe(Works);
    }

    [Fact]
    public async Task Run_DataLostAndControlPlaneAway_OrphansRunOnAndAreTakenBack()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(3));
        await _fixture.UntilReadyAsync(3);
        var before = _fixture.RunningIds;
        await _fixture.StopAsync();
        File.Copy(Path.Combine(_fixture.Options.Data, "credential"), _fixture.Options.Data + ".credential");
        _fixture.LoseData();
        Directory.CreateDirectory(_fixture.Options.Data);
        File.Copy(_fixture.Options.Data + ".credential", Path.Combine(_fixture.Options.Data, "credential"));
        _fixture.ControlPlane.IsCut = true;
        _fixture.Start();
        await _fixture.PassAsync(TimeSpan.FromSeconds(10));
        _fixture.RunningIds.ShouldBe(before);
        _fixture.Engine.Crash(before[0]);
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 3, "an orphan that crashed is started again");

        _fixture.ControlPlane.IsCut = false;
        await _fixture.UntilReadyAsync(3);
        _fixture.RunningIds.ShouldBe(before);
        _fixture.ControlPlane.StatusOf("uid-web")!.Orphan.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_ControlPlaneLostItsMemory_NothingIsDeletedAndOrphansAreReported()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);
        var before = _fixture.RunningIds;
        _fixture.ControlPlane.LoseMemory();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Orphan: true, Ready: 2 }, "the orphan is reported");
        await _fixture.PassAsync(TimeSpan.FromMinutes(2));
        _fixture.RunningIds.ShouldBe(before);

        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Orphan: false }, "it is known again");
        _fixture.RunningIds.ShouldBe(before);
    }

    [Fact]
    public async Task Run_TwoContainersInAPod_ShareANetworkAndTheOtherFollowsWhenItsHolderDies()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1).WithContainers("web", "sidecar"));
        await _fixture.UntilReadyAsync(1);
        var holder = _fixture.Containers.Single(container => container.SharesNetworkOf is null);
        _fixture.Containers.Single(container => container.SharesNetworkOf is not null).SharesNetworkOf.ShouldBe(holder.Id);
        _fixture.ControlPlane.Pods.Single().Status.ContainerStatuses.Count.ShouldBe(2);

        _fixture.Engine.Crash(holder.Id);
        await _fixture.UntilAsync(
            () => _fixture.Containers.Where(container => container.State == ContainerState.Running).ToList() is { Count: 2 } running
                && running.Single(container => container.SharesNetworkOf is not null).SharesNetworkOf == running.Single(container => container.SharesNetworkOf is null).Id,
            "both run again in one network");
        _fixture.ControlPlane.Pods.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_ContainerRemovedByHand_IsMadeAgain()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);
        var gone = _fixture.RunningIds[0];
        await _fixture.Engine.Connect().Containers.RemoveAsync(gone, force: true, CancellationToken.None);
        await _fixture.UntilAsync(() => _fixture.RunningIds.Length == 2, "two run again");
        _fixture.ControlPlane.Pods.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Run_ExposedPortIsTaken_SaysSoAndServesOnceItIsFree()
    {
        using var thief = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        thief.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        thief.Listen();
        var port = ((IPEndPoint)thief.LocalEndPoint!).Port;
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1) with { Expose = [new WorkPort { Name = "http", Port = port, TargetPort = 80 }] });
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: "PortUnavailable", Ready: 1 }, "the reason");
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Events.Any(occurrence => occurrence is { Reason: "PortUnavailable", Kind: "App" }), "an event");

        thief.Close();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.StatusOf("uid-web") is { Reason: null }, "it is served");
    }

    [Fact]
    public async Task Stop_Asked_SaysThatItLeavesAndPodsRunOn()
    {
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(2));
        await _fixture.UntilReadyAsync(2);
        await _fixture.StopAsync();

        _fixture.ControlPlane.Reports[^1].Leaving.ShouldBeTrue();
        _fixture.RunningIds.Length.ShouldBe(2);
    }

    [Fact]
    public async Task Start_WrongToken_EndsWithASentence()
    {
        _fixture.Options = _fixture.Options with { JoinToken = "wrong" };
        _fixture.Start();
        var exception = await Should.ThrowAsync<MemberCluster.Agent.Hosting.AgentStartException>(() => _fixture.Running);
        exception.Message.ShouldBe("The control plane does not let cluster us-east-1 join: the join token is not valid");
    }

    [Fact]
    public async Task Start_Joined_CredentialIsStoredForItsOwnerOnlyAndUsedAgain()
    {
        _fixture.Start();
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Credential is not null, "it joins");
        File.GetUnixFileMode(Path.Combine(_fixture.Options.Data, "credential")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await _fixture.StopAsync();
        _fixture.Options = _fixture.Options with { JoinToken = null };
        _fixture.Start();
        var reports = _fixture.ControlPlane.Reports.Count;
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Reports.Count > reports, "it reports again without a token");
    }

    [Fact]
    public async Task Run_LogsAreAskedFor_AreSentOfTheNewestOrThePreviousContainer()
    {
        _fixture.Engine.ProgramFor = (spec, _) => new FakeProgram { Output = [new FakeOutput(OutputStream.StandardOutput, $"hello from {spec.Labels["federation.restarts"]}\n")] };
        _fixture.Start();
        _fixture.ControlPlane.Apply(TestWorks.Web(1));
        await _fixture.UntilReadyAsync(1);
        var pod = _fixture.ControlPlane.Pods.Single().Metadata.Name;
        _fixture.Engine.Crash(_fixture.RunningIds.Single());
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.Single().Status.ContainerStatuses[0].RestartCount == 1, "the replacement");

        _fixture.ControlPlane.Ask(new StreamRequest { Id = "now", Kind = StreamKind.Logs, Namespace = "default", Pod = pod });
        _fixture.ControlPlane.Ask(new StreamRequest { Id = "before", Kind = StreamKind.Logs, Namespace = "default", Pod = pod, Previous = true });
        _fixture.ControlPlane.Ask(new StreamRequest { Id = "nobody", Kind = StreamKind.Logs, Namespace = "default", Pod = "nobody" });
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Answers.Count == 3, "three answers");
        _fixture.ControlPlane.Answers["now"].ShouldBe("hello from 1\n");
        _fixture.ControlPlane.Answers["before"].ShouldBe("hello from 0\n");
        _fixture.ControlPlane.Answers["nobody"].ShouldBe("404 pods \"nobody\" not found");
    }
}
