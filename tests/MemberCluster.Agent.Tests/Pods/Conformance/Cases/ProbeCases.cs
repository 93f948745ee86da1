using Federation.Api.Apps;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class ProbeCases
{
    private static readonly string Serving = $"mkdir -p /www; echo ok > /www/ok; {Sh.Serve}";

    private static Probe Http(string path) => new() { HttpGet = new HttpGetAction { Path = path, Port = 8080 }, PeriodSeconds = 1, FailureThreshold = 1 };

    private static Probe Exec(params string[] command) => new() { Exec = new ExecAction { Command = command }, PeriodSeconds = 1, FailureThreshold = 1, TimeoutSeconds = 10 };

    /// <summary>Alive as long as its file is there, and ready once it is.</summary>
    private static ContainerSpec Living(string then, Probe liveness) => Container($"touch /tmp/alive; {then}") with
    {
        StartupProbe = Exec("test", "-e", "/tmp/alive") with { FailureThreshold = 600 },
        LivenessProbe = liveness,
    };

    public static async Task Readiness_Http_Passes(PodTrial trial) => await trial.ReadyAsync(Spec(Container(Serving) with { ReadinessProbe = Http("/ok") }));

    public static async Task Readiness_HttpNotFound_RunsOnWithoutBeingReady(PodTrial trial)
    {
        trial.Apply(Spec(Container(Serving) with { ReadinessProbe = Http("/no") }));
        await trial.UntilEventAsync("Unhealthy");
        trial.Work!.Ready.ShouldBe(0);
        (trial.Main.Ready, trial.Main.RestartCount, trial.Main.State.Running is not null).ShouldBe((false, 0, true));
    }

    public static async Task Readiness_Tcp_Passes(PodTrial trial) =>
        await trial.ReadyAsync(Spec(Container(Serving) with { ReadinessProbe = new Probe { TcpSocket = new TcpSocketAction { Port = 8080 }, PeriodSeconds = 1 } }));

    public static async Task Readiness_NamedPort_IsFound(PodTrial trial)
    {
        var probe = new Probe { HttpGet = new HttpGetAction { Path = "/ok", Port = "web" }, PeriodSeconds = 1 };
        await trial.ReadyAsync(Spec(Container(Serving) with { Ports = [new ContainerPort { Name = "web", Port = 8080 }], ReadinessProbe = probe }));
    }

    public static async Task Readiness_Https_PassesWhoeverSignedTheCertificate(PodTrial trial)
    {
        await using var server = TestServer.Https();
        var probe = new Probe { HttpGet = new HttpGetAction { Host = "127.0.0.1", Port = server.Port, Scheme = "HTTPS" }, PeriodSeconds = 1, TimeoutSeconds = 5 };
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { ReadinessProbe = probe }));
        server.Requests.ShouldBeGreaterThan(0);
    }

    public static async Task Readiness_ExecLostAndBack_IsFollowed(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container($"touch /tmp/ready; {Sh.Stay}") with { ReadinessProbe = Exec("test", "-e", "/tmp/ready") }));
        await trial.ExecAsync("rm /tmp/ready");
        await trial.UntilAsync(() => !trial.Main.Ready && trial.Work is { Ready: 0 }, "not ready");
        await trial.ExecAsync("touch /tmp/ready");
        await trial.UntilReadyAsync();
        trial.Main.RestartCount.ShouldBe(0);
    }

    public static async Task Liveness_Fails_IsReplaced(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Living(Sh.Stay, Exec("test", "-e", "/tmp/alive"))));
        await trial.ExecAsync("rm /tmp/alive");
        await trial.UntilRestartedAsync();
        trial.HasEvent("Unhealthy").ShouldBeTrue();
    }

    public static async Task Liveness_OwnGracePeriod_IsUsed(PodTrial trial)
    {
        var probe = Exec("test", "-e", "/tmp/alive") with { TerminationGracePeriodSeconds = 1 };
        await trial.ReadyAsync(Spec(Living(Sh.IgnoreStop, probe)) with { TerminationGracePeriodSeconds = 600 });
        await trial.ExecAsync("rm /tmp/alive");
        await trial.UntilRestartedAsync();
        trial.Main.LastState.Terminated!.ExitCode.ShouldBe(137);
    }

    public static async Task Startup_NotPassedYet_TheOthersWait(PodTrial trial)
    {
        var spec = Container(Sh.Stay) with
        {
            StartupProbe = Exec("test", "-e", "/tmp/started") with { FailureThreshold = 600 },
            LivenessProbe = Exec("test", "-e", "/tmp/alive"),
        };
        trial.Apply(Spec(spec));
        await trial.UntilAsync(() => trial.Main.State.Running is not null, "it runs");
        (trial.Main.Ready, trial.Main.Started).ShouldBe((false, false));
        await trial.ExecAsync("touch /tmp/alive; touch /tmp/started");
        await trial.UntilAsync(() => trial.Main is { Ready: true, Started: true }, "it has started");
        trial.Main.RestartCount.ShouldBe(0);
    }

    public static async Task Startup_NeverPasses_IsReplaced(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.Stay) with { StartupProbe = Exec("false") }));
        await trial.UntilAsync(() => trial.Main.RestartCount >= 1, "another container");
        trial.HasEvent("Unhealthy").ShouldBeTrue();
    }

    public static async Task Startup_Passes_ReadinessDecides(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Serving) with { StartupProbe = Http("/ok") with { FailureThreshold = 30 }, ReadinessProbe = Http("/ok") }));
        trial.Main.Started.ShouldBe(true);
    }
}
