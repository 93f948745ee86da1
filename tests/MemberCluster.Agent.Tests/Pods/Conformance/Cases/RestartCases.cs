using Federation.Api.Apps;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class RestartCases
{
    private static PodSpec Policy(string policy, params ContainerSpec[] containers) => Spec(containers) with { RestartPolicy = policy };

    public static async Task Restart_OnFailureAndExitCodeZero_Succeeds(PodTrial trial)
    {
        trial.Apply(Policy("OnFailure", Container("exit 0")));
        await trial.UntilPhaseAsync("Succeeded");
        trial.Main.RestartCount.ShouldBe(0);
        trial.Main.State.Terminated!.Reason.ShouldBe("Completed");
    }

    public static async Task Restart_OnFailureAndItFailsOnce_IsRunAgainAndSucceeds(PodTrial trial)
    {
        var spec = Policy("OnFailure", Container("test -e /data/tried && exit 0; touch /data/tried; exit 5") with { VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }] });
        trial.Apply(spec with { Volumes = [new Volume { Name = "data", EmptyDir = new EmptyDirVolume() }] });
        await trial.UntilPhaseAsync("Succeeded");
        trial.Main.RestartCount.ShouldBe(1);
    }

    public static async Task Restart_NeverAndItFails_Fails(PodTrial trial)
    {
        trial.Apply(Policy("Never", Container("exit 6")));
        await trial.UntilPhaseAsync("Failed");
        trial.Main.State.Terminated!.ExitCode.ShouldBe(6);
        trial.Main.RestartCount.ShouldBe(0);
    }

    public static async Task Restart_NeverAndTwoContainers_EndsWhenBothHave(PodTrial trial)
    {
        trial.Apply(Policy("Never", Container("exit 0"), Container("sleep 2; exit 0", "other")));
        await trial.UntilPhaseAsync("Succeeded");
        trial.Pod.Status.ContainerStatuses.ShouldAllBe(status => status.State.Terminated!.ExitCode == 0 && status.RestartCount == 0);
    }

    public static async Task Restart_NeverAndOneOfTwoFails_Fails(PodTrial trial)
    {
        trial.Apply(Policy("Never", Container("exit 0"), Container("exit 8", "other")));
        await trial.UntilPhaseAsync("Failed");
    }
}
