using Federation.Api.Apps;
using Federation.Api.Meta;
using Federation.Api.Pods;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class InitCases
{
    private static readonly VolumeMount Data = new() { Name = "data", MountPath = "/data" };

    private static PodSpec With(PodSpec spec, params (string Name, string Script)[] init) => spec with
    {
        InitContainers = [.. init.Select(container => Container(container.Script, container.Name) with { VolumeMounts = [Data] })],
        Containers = [.. spec.Containers.Select(container => container with { VolumeMounts = [Data] })],
        Volumes = [new Volume { Name = "data", EmptyDir = new EmptyDirVolume() }],
    };

    public static async Task Init_Two_RunInOrderBeforeTheContainers(PodTrial trial)
    {
        await trial.ReadyAsync(With(Spec(Sh.Stay), ("first", "sleep 0.5; echo first >> /data/log"), ("second", "echo second >> /data/log")));
        (await trial.ExecAsync("cat /data/log")).ShouldBe("first\nsecond");
        trial.Pod.Status.Conditions.IsTrue(PodConditions.Initialized).ShouldBeTrue();
        trial.Pod.Status.InitContainerStatuses.ShouldAllBe(status => status.Ready && status.State.Terminated!.Reason == "Completed");
    }

    public static async Task Init_StillRuns_PodIsPendingAndNotInitialized(PodTrial trial)
    {
        trial.Apply(With(Spec(Sh.Stay), ("first", "true"), ("second", Sh.Stay)));
        await trial.UntilAsync(() => trial.Pod.Status.InitContainerStatuses[1].State.Running is not null, "the second runs");
        trial.Pod.Status.Phase.ShouldBe("Pending");
        trial.Pod.Status.Conditions.IsTrue(PodConditions.Initialized).ShouldBeFalse();
        trial.Main.State.Waiting!.Reason.ShouldBe("PodInitializing");
        trial.Work!.Running.ShouldBe(0);
    }

    public static async Task Init_Fails_IsRunAgainUntilItSucceeds(PodTrial trial)
    {
        await trial.ReadyAsync(With(Spec(Sh.Stay), ("first", "test -e /data/tried && exit 0; touch /data/tried; exit 4")));
        trial.Init.RestartCount.ShouldBe(1);
        trial.Init.LastState.Terminated!.ExitCode.ShouldBe(4);
    }

    public static async Task Init_KeepsFailing_BacksOffAndNothingElseStarts(PodTrial trial)
    {
        trial.Apply(With(Spec(Sh.Stay), ("first", "exit 4"), ("second", "true")));
        await trial.UntilReasonAsync("CrashLoopBackOff");
        await trial.UntilAsync(() => trial.Init.State.Waiting?.Reason == "CrashLoopBackOff", "the pod says so");
        (await trial.ContainersAsync()).ShouldAllBe(container => container.Labels["federation.container"] == "first");
    }

    public static async Task Init_FailsAndPolicyIsNever_PodFails(PodTrial trial)
    {
        trial.Apply(With(Spec(Sh.Stay), ("first", "exit 4")) with { RestartPolicy = "Never" });
        await trial.UntilPhaseAsync("Failed");
        trial.Init.State.Terminated!.ExitCode.ShouldBe(4);
        trial.Init.RestartCount.ShouldBe(0);
    }

    public static async Task Init_IsDone_DoesNotRunAgainWhenAContainerDies(PodTrial trial)
    {
        await trial.ReadyAsync(With(Spec(Sh.Stay), ("first", "echo once >> /data/log")));
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        (await trial.ExecAsync("cat /data/log")).ShouldBe("once");
        trial.Init.RestartCount.ShouldBe(0);
    }

    public static async Task Init_IsDone_ItsLogsAreKept(PodTrial trial)
    {
        await trial.ReadyAsync(With(Spec(Sh.Stay), ("first", "echo prepared")));
        (await trial.LogsAsync("first")).ShouldBe("prepared");
    }
}
