using Federation.Api.Apps;
using MemberCluster.Agent.Runtime;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class ContainerCases
{
    public static async Task Containers_Two_ShareOneNetwork(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container($"mkdir -p /www; echo hello > /www/index; {Sh.Serve}"), Container(Sh.Stay, "other")));
        await trial.UntilAsync(async () => await trial.ExecAsync("wget -q -O - http://127.0.0.1:8080/index", "other") == "hello", "the other container reaches it over loopback");
    }

    public static async Task Containers_FirstDies_TheOthersFollowIntoItsNewNetwork(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container($"mkdir -p /www; echo hello > /www/index; {Sh.Serve}"), Container(Sh.Stay, "other")));
        var pod = trial.Pod.Metadata.Name;
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        await trial.UntilReadyAsync();
        await trial.UntilAsync(async () => await trial.ExecAsync("wget -q -O - http://127.0.0.1:8080/index", "other") == "hello", "they are together again");
        trial.Pod.Metadata.Name.ShouldBe(pod);
    }

    public static async Task Container_Hostname_IsThePodsName(PodTrial trial)
    {
        var pod = await trial.ReadyAsync(Spec(Container(Sh.Stay), Container(Sh.Stay, "other")));
        (await trial.ExecAsync("hostname")).ShouldBe(pod.Metadata.Name);
        (await trial.ExecAsync("hostname", "other")).ShouldBe(pod.Metadata.Name);
    }

    public static async Task Container_Dies_IsReplacedInTheSamePod(PodTrial trial)
    {
        var before = await trial.ReadyAsync(Spec(Sh.Stay));
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        (trial.Pod.Metadata.Name, trial.Pod.Metadata.Uid).ShouldBe((before.Metadata.Name, before.Metadata.Uid));
        trial.Main.LastState.Terminated.ShouldNotBeNull().ExitCode.ShouldBe(137);
    }

    public static async Task Container_EndsAgainAndAgain_BacksOff(PodTrial trial)
    {
        trial.Apply(Spec("exit 3"));
        await trial.UntilReasonAsync("CrashLoopBackOff");
        await trial.UntilAsync(() => trial.Main.State.Waiting?.Reason == "CrashLoopBackOff" && trial.Main.LastState.Terminated?.ExitCode == 3, "the pod says so");
    }

    public static async Task Container_CommandMissing_SaysStartFailed(PodTrial trial)
    {
        trial.Apply(Spec(Container("") with { Command = ["/no/such/program"] }));
        await trial.UntilReasonAsync("StartFailed");
        trial.Pod.Status.Phase.ShouldBe("Pending");
        trial.Work!.Message!.ShouldContain("/no/such/program");
    }

    public static async Task Container_ImageNotThereAndNeverPulled_SaysImageNotFound(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.Stay) with { Image = "federation.test/nothing:1" }));
        await trial.UntilReasonAsync("ImageNotFound");
        await trial.UntilWaitingAsync("ImageNotFound");
    }

    public static async Task Container_Args_ReachTheCommand(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container("") with { Command = ["/bin/sh", "-c"], Args = [$"echo from args; {Sh.Stay}"] }));
        await trial.UntilAsync(async () => await trial.LogsAsync() == "from args", "the output");
    }

    public static async Task Container_Environment_ReachesTheProcess(PodTrial trial)
    {
        var pod = await trial.ReadyAsync(Spec(Container($"echo $COLOR $FEDERATION_POD $FEDERATION_CLUSTER; {Sh.Stay}") with { Env = [new EnvVar { Name = "COLOR", Value = "green" }] }));
        await trial.UntilAsync(async () => await trial.LogsAsync() == $"green {pod.Metadata.Name} {trial.Bench.Cluster}", "the output");
    }

    public static async Task Container_WorkingDirectory_IsWhereItStarts(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container($"pwd; {Sh.Stay}") with { WorkingDir = "/tmp" }));
        await trial.UntilAsync(async () => await trial.LogsAsync() == "/tmp", "the output");
    }

    public static async Task Container_Stdin_StaysOpenWhereAskedFor(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container("cat") with { Stdin = true }, Container("cat; sleep 1; exit 7", "closed") with { Stdin = false }));
        await trial.UntilAsync(() => trial.Pod.Status.ContainerStatuses[1].LastState.Terminated?.ExitCode == 7, "the one without input ends");
        trial.Main.RestartCount.ShouldBe(0);
    }

    public static async Task Container_Tty_IsATerminal(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container($"test -t 0 && echo terminal; {Sh.Stay}") with { Tty = true, Stdin = true }));
        await trial.UntilAsync(async () => await trial.LogsAsync() == "terminal", "the output");
    }

    public static async Task Container_RemovedByHand_IsMadeAgain(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Sh.Stay));
        var before = trial.IdOf();
        await trial.Bench.Runtime.Containers.RemoveAsync(before, force: true, CancellationToken.None);
        await trial.UntilAsync(() => trial.Main is { Ready: true } && trial.IdOf() != before, "another container");
    }

    public static async Task Pod_Removed_LeavesNoContainer(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay), Container(Sh.Stay, "other")));
        await trial.RemoveAsync();
        (await trial.ContainersAsync()).ShouldBeEmpty();
        trial.HasPod.ShouldBeFalse();
    }

    public static async Task Pod_TemplateChanges_IsReplaced(PodTrial trial)
    {
        var before = await trial.ReadyAsync(Spec(Sh.Stay));
        trial.Apply(Spec($"echo new; {Sh.Stay}"));
        await trial.UntilAsync(() => trial.Work is { Updated: 1, Ready: 1, Running: 1, TemplateHash: "hash-2" }, "the new pod");
        trial.Pod.Metadata.Uid.ShouldNotBe(before.Metadata.Uid);
        await trial.UntilAsync(async () => (await trial.ContainersAsync()).Count(container => container.State == ContainerState.Running) == 1, "the old one is gone");
    }
}
