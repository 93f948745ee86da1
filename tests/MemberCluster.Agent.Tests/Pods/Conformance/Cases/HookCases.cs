using System.Diagnostics;
using Federation.Api.Apps;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class HookCases
{
    private static LifecycleHandler Exec(string script) => new() { Exec = new ExecAction { Command = ["/bin/sh", "-c", script] } };

    /// <summary>A container that shares a directory with the test, so that what it does at its end can be seen after it.</summary>
    private static PodSpec Seen(PodTrial trial, ContainerSpec container, int grace = 10)
    {
        var directory = Directory.CreateDirectory(Path.Combine(trial.Bench.Shared, trial.Uid)).FullName;
        return Spec(container with { VolumeMounts = [new VolumeMount { Name = "seen", MountPath = "/seen" }] }) with
        {
            TerminationGracePeriodSeconds = grace,
            Volumes = [new Volume { Name = "seen", HostPath = new HostPathVolume { Path = directory } }],
        };
    }

    private static string Log(PodTrial trial) => File.ReadAllText(Path.Combine(trial.Bench.Shared, trial.Uid, "log")).Trim();

    public static async Task PostStart_Exec_IsDoneBeforeItIsReady(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Lifecycle = new Lifecycle { PostStart = Exec("sleep 0.5; touch /tmp/hooked") } }));
        (await trial.ExitCodeAsync("test -e /tmp/hooked")).ShouldBe(0);
    }

    public static async Task PostStart_Fails_TheContainerIsReplaced(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.Stay) with { Lifecycle = new Lifecycle { PostStart = Exec("exit 9") } }));
        await trial.UntilEventAsync("FailedPostStartHook");
        await trial.UntilAsync(() => trial.Main.RestartCount >= 1, "another container");
    }

    public static async Task PostStart_Http_IsSent(PodTrial trial)
    {
        await using var server = TestServer.Http();
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Lifecycle = new Lifecycle { PostStart = new LifecycleHandler { HttpGet = server.Action } } }));
        server.Requests.ShouldBe(1);
    }

    public static async Task PostStart_Sleep_HoldsItBack(PodTrial trial)
    {
        var watch = Stopwatch.StartNew();
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Lifecycle = new Lifecycle { PostStart = new LifecycleHandler { Sleep = new SleepAction { Seconds = 2 } } } }));
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(2));
    }

    public static async Task PreStop_Exec_IsDoneBeforeTheStopSignal(PodTrial trial)
    {
        var container = Container(Sh.StayAnd("echo signal >> /seen/log")) with { Lifecycle = new Lifecycle { PreStop = Exec("sleep 0.5; echo hook >> /seen/log") } };
        await trial.HearsSignalsAsync(Seen(trial, container));
        await trial.RemoveAsync();
        Log(trial).ShouldBe("hook\nsignal");
    }

    public static async Task PreStop_Http_IsSent(PodTrial trial)
    {
        await using var server = TestServer.Http();
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { HttpGet = server.Action } } }));
        server.Requests.ShouldBe(0);
        await trial.RemoveAsync();
        server.Requests.ShouldBe(1);
    }

    public static async Task PreStop_LongerThanTheGracePeriod_EndsWithIt(PodTrial trial)
    {
        var container = Container(Sh.StayAnd("echo signal >> /seen/log")) with { Lifecycle = new Lifecycle { PreStop = new LifecycleHandler { Sleep = new SleepAction { Seconds = 3600 } } } };
        await trial.HearsSignalsAsync(Seen(trial, container, grace: 2));
        await trial.RemoveAsync();
        Log(trial).ShouldBe("signal", "after the hook the process still gets its signal");
    }

    public static async Task PreStop_Fails_IsSaidAndThePodStops(PodTrial trial)
    {
        await trial.HearsSignalsAsync(Seen(trial, Container(Sh.StayAnd("echo signal >> /seen/log")) with { Lifecycle = new Lifecycle { PreStop = Exec("exit 9") } }));
        await trial.RemoveAsync();
        await trial.UntilEventAsync("FailedPreStopHook");
        Log(trial).ShouldBe("signal");
    }

    public static async Task PreStop_LivenessFails_IsDoneToo(PodTrial trial)
    {
        var isThere = new Probe { Exec = new ExecAction { Command = ["test", "-e", "/tmp/alive"] }, PeriodSeconds = 1, FailureThreshold = 1, TimeoutSeconds = 10 };
        var container = Container($"touch /tmp/alive; {Sh.Stay}") with
        {
            StartupProbe = isThere with { FailureThreshold = 600 },
            LivenessProbe = isThere,
            Lifecycle = new Lifecycle { PreStop = Exec("echo hook >> /seen/log") },
        };
        await trial.ReadyAsync(Seen(trial, container));
        await trial.ExecAsync("rm /tmp/alive");
        await trial.UntilRestartedAsync();
        Log(trial).ShouldBe("hook");
    }

    public static async Task Stop_ProcessEndsAtTheSignal_TheGracePeriodIsNotWaitedOut(PodTrial trial)
    {
        await trial.HearsSignalsAsync(Seen(trial, Container(Sh.StayAnd("echo signal >> /seen/log")), grace: 600));
        await trial.RemoveAsync();
        Log(trial).ShouldBe("signal");
    }

    public static async Task Stop_ProcessIgnoresTheSignal_IsKilledAfterTheGracePeriod(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Sh.IgnoreStop));
        var watch = Stopwatch.StartNew();
        await trial.RemoveAsync();
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
    }
}
