using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Apps;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Support;
using ContainerSpec = Federation.Api.Apps.ContainerSpec;

namespace MemberCluster.Agent.Tests.Pods;

/// <summary>Init containers and restart policies: what one pod needs next.</summary>
public sealed class PodRepairTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static Work Work(string policy, string[] init, params string[] containers) => TestWorks.Web(1) with
    {
        Template = new PodTemplate
        {
            Spec = new PodSpec
            {
                RestartPolicy = policy,
                InitContainers = [.. init.Select(name => new ContainerSpec { Name = name, Image = TestWorks.Image })],
                Containers = [.. containers.Select(name => new ContainerSpec { Name = name, Image = TestWorks.Image })],
            },
        },
    };

    private static ObservedPod Pod(Work work, params ObservedContainer[] containers) =>
        ObservedPod.Create(PodContainers.NewIdentity(work, new PodAction.Create("pod", 0), "pod-uid"), [.. containers]);

    private static ObservedContainer Container(string slot, int? exitCode = null, bool isInit = false, int restarts = 0, string? holder = null) => new()
    {
        Id = $"{slot}-{restarts}",
        Slot = slot,
        IsInit = isInit,
        State = exitCode is null ? ContainerState.Running : ContainerState.Exited,
        CreatedAt = Now.AddMinutes(-1),
        StartedAt = Now.AddMinutes(-1),
        FinishedAt = exitCode is null ? null : Now.AddSeconds(-30),
        ExitCode = exitCode,
        Restarts = restarts,
        SharesNetworkOf = holder,
        Readiness = Readiness.Ready,
    };

    private static ImmutableArray<PodAction> StepsOf(Work work, ObservedPod pod)
    {
        var steps = new PlanSteps(new PlanContext(Now, "c1"));
        PodRepair.ByTemplate(pod, work.Template.Spec, steps);
        return steps.ToPlan(isConverged: true).Actions;
    }

    private static PodAction.Run RunOf(Work work, ObservedPod pod) => StepsOf(work, pod).ShouldHaveSingleItem().ShouldBeOfType<PodAction.Run>();

    [Fact]
    public void ByTemplate_InitContainers_OneAfterTheOtherAndThenTheContainers()
    {
        var work = Work("Always", ["first", "second"], "main");
        RunOf(work, Pod(work)).ShouldBe(new PodAction.Run("pod", "first", 0, 0, null));
        StepsOf(work, Pod(work, Container("first", isInit: true))).ShouldBeEmpty();
        RunOf(work, Pod(work, Container("first", 0, isInit: true))).Slot.ShouldBe("second");
        RunOf(work, Pod(work, Container("first", 0, isInit: true), Container("second", 0, isInit: true))).Slot.ShouldBe("main");
    }

    [Theory]
    [InlineData("Always")]
    [InlineData("OnFailure")]
    public void ByTemplate_InitContainerFailed_IsRunAgainAndTheOthersWait(string policy)
    {
        var work = Work(policy, ["first", "second"], "main");
        RunOf(work, Pod(work, Container("first", 1, isInit: true))).ShouldBe(new PodAction.Run("pod", "first", 1, 1, null));
    }

    [Fact]
    public void ByTemplate_InitContainerFailedAndPolicyNever_PodFailed()
    {
        var work = Work("Never", ["first"], "main");
        var pod = Pod(work, Container("first", 1, isInit: true));
        StepsOf(work, pod).ShouldBeEmpty();
        pod.Outcome.ShouldBe(PodOutcome.Failed);
    }

    [Fact]
    public void ByTemplate_ContainerDiesAfterInit_InitContainersDoNotRunAgain()
    {
        var work = Work("Always", ["first"], "main");
        RunOf(work, Pod(work, Container("main", 1))).ShouldBe(new PodAction.Run("pod", "main", 1, 1, null), "its init container was removed by hand");
    }

    [Theory]
    [InlineData("Always", 0, true, null)]
    [InlineData("Always", 1, true, null)]
    [InlineData("OnFailure", 0, false, PodOutcome.Succeeded)]
    [InlineData("OnFailure", 1, true, null)]
    [InlineData("Never", 0, false, PodOutcome.Succeeded)]
    [InlineData("Never", 1, false, PodOutcome.Failed)]
    internal void ByTemplate_ContainerEnded_IsRunAgainAsThePolicySays(string policy, int exitCode, bool isRunAgain, PodOutcome? outcome)
    {
        var work = Work(policy, [], "main");
        var pod = Pod(work, Container("main", exitCode));
        StepsOf(work, pod).OfType<PodAction.Run>().Any().ShouldBe(isRunAgain);
        pod.Outcome.ShouldBe(outcome);
    }

    [Fact]
    public void Outcome_OneOfTwoContainersWasNotMadeYet_IsNotKnown()
    {
        var work = Work("Never", [], "main", "other");
        var pod = Pod(work, Container("main", 0));
        pod.Outcome.ShouldBeNull();
        RunOf(work, pod).ShouldBe(new PodAction.Run("pod", "other", 0, 0, null), "the network of the first is gone with it");
        Pod(work, Container("main", 0), Container("other", 1)).Outcome.ShouldBe(PodOutcome.Failed);
        Pod(work, Container("main", 0), Container("other", 0)).Outcome.ShouldBe(PodOutcome.Succeeded);
    }

    [Fact]
    public void ByTemplate_FirstContainerIsDone_TheOthersRunOn()
    {
        var work = Work("OnFailure", [], "main", "other");
        StepsOf(work, Pod(work, Container("main", 0), Container("other", holder: "main-0"))).ShouldBeEmpty();
    }

    [Fact]
    public void InPlace_InitContainerIsDone_OnlyWhatIsNotIsStartedAgain()
    {
        var work = Work("Always", ["first", "second"], "main");
        var steps = new PlanSteps(new PlanContext(Now, "c1"));
        PodRepair.InPlace(Pod(work, Container("first", 0, isInit: true), Container("second", 1, isInit: true)), steps);
        steps.ToPlan(isConverged: true).Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Start("pod", "second", "second-0"));

        steps = new PlanSteps(new PlanContext(Now, "c1"));
        PodRepair.InPlace(Pod(work, Container("first", 1, isInit: true), Container("main", 1)), steps);
        steps.ToPlan(isConverged: true).Actions.ShouldHaveSingleItem().ShouldBe(new PodAction.Start("pod", "main", "main-0"));
    }
}
