using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Tests.Support;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Tests.Hosting;

/// <summary>Pods that end, from the work to the report.</summary>
public sealed class JobTests : IAsyncLifetime
{
    private readonly AgentFixture _fixture = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task Run_JobArrives_EveryIndexRunsOnceAndIsReported()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(0, TimeSpan.FromSeconds(1)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0-4", parallelism: 2));

        await _fixture.UntilAsync(() => StatusOf()?.Succeeded == "0-4", "all indexes are reported");

        _fixture.Containers.Select(container => container.Labels["federation.ordinal"]).Order().ShouldBe(["0", "1", "2", "3", "4"]);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.Count(pod => pod.Status.Phase == "Succeeded") == 5, "their pods are shown as ended");
    }

    [Fact]
    public async Task Run_IndexIsNoted_ItsPodStaysForTheLogsAndRunsNoMore()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(0, TimeSpan.FromSeconds(1)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0-1", parallelism: 2));
        await _fixture.UntilAsync(() => StatusOf()?.Succeeded == "0-1", "both are reported");

        _fixture.ControlPlane.Apply(Job("", parallelism: 0));
        await _fixture.PassAsync(TimeSpan.FromSeconds(20));

        _fixture.Containers.Length.ShouldBe(2);
        _fixture.Containers.ShouldAllBe(container => container.State == ContainerState.Exited);
    }

    [Fact]
    public async Task Kill_InTheMiddleAndDiskLost_NoIndexThatEndedRunsAgain()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(0, TimeSpan.FromSeconds(3)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0-5", parallelism: 2));
        await _fixture.UntilAsync(() => _fixture.Containers.Any(container => container.State == ContainerState.Exited), "one ended");

        await _fixture.KillAsync();
        _fixture.LoseData();
        _fixture.Start();
        await _fixture.UntilAsync(() => StatusOf()?.Succeeded == "0-5", "all are reported");

        _fixture.Containers.GroupBy(container => container.Labels["federation.ordinal"]).ShouldAllBe(index => index.Count() == 1);
    }

    [Fact]
    public async Task Run_ContainerFails_NeverMakesNewPodsUntilItIsGivenUp()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(3, TimeSpan.FromSeconds(1)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0", parallelism: 1, backoffLimit: 2));

        await _fixture.UntilAsync(() => StatusOf()?.Failed == "0", "it is given up", TimeSpan.FromMilliseconds(200));

        _fixture.ControlPlane.Pods.Count.ShouldBe(3);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.All(pod => pod.Status.Phase == "Failed"), "every try is shown as failed");
    }

    [Fact]
    public async Task Run_ContainerFails_OnFailureStartsItAgainInItsPod()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(3, TimeSpan.FromSeconds(1)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0", parallelism: 1, backoffLimit: 2, policy: "OnFailure"));

        await _fixture.UntilAsync(() => StatusOf()?.Failed == "0", "it is given up", TimeSpan.FromMilliseconds(200));

        var pod = _fixture.ControlPlane.Pods.ShouldHaveSingleItem();
        pod.Status.ContainerStatuses.Single().RestartCount.ShouldBe(2);
        await _fixture.UntilAsync(() => _fixture.ControlPlane.Pods.Single().Status.Phase == "Failed", "the pod is shown as failed");
    }

    [Fact]
    public async Task Tombstone_AfterTheEnd_RemovesEveryContainer()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(0, TimeSpan.FromSeconds(1)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0-1", parallelism: 2));
        await _fixture.UntilAsync(() => StatusOf()?.Succeeded == "0-1", "both are reported");

        _fixture.ControlPlane.Delete("uid-task");

        await _fixture.UntilAsync(() => _fixture.Containers.IsEmpty, "nothing is left");
    }

    [Fact]
    public async Task Run_IndexIsKnownInTheContainer()
    {
        var indexes = new List<string?>();
        _fixture.Engine.ProgramFor = (spec, _) =>
        {
            indexes.Add(spec.Env.GetValueOrDefault("JOB_COMPLETION_INDEX"));
            return null;
        };
        _fixture.Engine.AddImage("task:1", FakeProgram.ExitsWith(0, TimeSpan.FromSeconds(60)));
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("7", parallelism: 1));

        await _fixture.UntilAsync(() => StatusOf()?.Running == 1, "it runs");

        indexes.ShouldBe(["7"]);
    }

    [Fact]
    public async Task Run_IndexIsTakenAway_ItsPodStopsAndCountsAsNeitherEnd()
    {
        _fixture.Engine.AddImage("task:1", FakeProgram.Forever with { StopExitCode = 0 });
        _fixture.Start();
        _fixture.ControlPlane.Apply(Job("0-1", parallelism: 2));
        await _fixture.UntilAsync(() => StatusOf()?.Running == 2, "both run");

        _fixture.ControlPlane.Apply(Job("1", parallelism: 1));
        await _fixture.UntilAsync(() => _fixture.Containers.Length == 1 && StatusOf()?.Running == 1, "one is left");

        _fixture.ControlPlane.Reports.SelectMany(report => report.Works).ShouldAllBe(work => work.Succeeded == null && work.Failed == null);
    }

    private WorkStatus? StatusOf() => _fixture.ControlPlane.StatusOf("uid-task");

    private static Work Job(string indexes, int parallelism, int backoffLimit = 6, string policy = "Never") => TestWorks.Web(0, uid: "uid-task", image: "task:1") with
    {
        Kind = "Job",
        Mode = WorkMode.Completions,
        Completions = new WorkCompletions { Indexes = indexes, Parallelism = parallelism, BackoffLimit = backoffLimit },
        Template = new PodTemplate { Spec = new PodSpec { RestartPolicy = policy, Containers = [new ContainerSpec { Name = "main", Image = "task:1", ImagePullPolicy = ImagePullPolicy.IfNotPresent }] } },
    };
}
