using Federation.Api.Apps;
using Federation.TestKit.Processes;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class SecurityCases
{
    public static async Task User_OfTheContainer_IsTheProcesses(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { RunAsUser = 1234, RunAsGroup = 2345, RunAsNonRoot = true } }));
        (await trial.ExecAsync("id -u")).ShouldBe("1234");
        (await trial.ExecAsync("id -g")).ShouldBe("2345");
    }

    public static async Task User_OfThePod_CountsUnlessTheContainerSaysOtherwise(PodTrial trial)
    {
        var spec = Spec(Container(Sh.Stay), Container(Sh.Stay, "own") with { SecurityContext = new SecurityContext { RunAsUser = 1111 } });
        await trial.ReadyAsync(spec with { SecurityContext = new PodSecurityContext { RunAsUser = 1000, RunAsGroup = 3000 } });
        (await trial.ExecAsync("id -u")).ShouldBe("1000");
        (await trial.ExecAsync("id -u", "own")).ShouldBe("1111");
        (await trial.ExecAsync("id -g", "own")).ShouldBe("3000");
    }

    public static async Task Group_WithoutAUser_TakesTheImagesUser(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { RunAsGroup = 2345 } }));
        (await trial.ExecAsync("id -u")).ShouldBe("0");
        (await trial.ExecAsync("id -g")).ShouldBe("2345");
    }

    public static async Task NonRoot_ImageRunsAsRoot_IsNotAllowed(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { RunAsNonRoot = true } }));
        await trial.UntilReasonAsync("NotAllowed");
        trial.Work!.Message!.ShouldContain("runAsNonRoot");
        (await trial.ContainersAsync()).ShouldBeEmpty();
    }

    public static async Task Groups_OfThePod_AreTheProcesses(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Sh.Stay) with { SecurityContext = new PodSecurityContext { RunAsUser = 1000, RunAsGroup = 1000, SupplementalGroups = [4001, 4002], FsGroup = 5000 } });
        (await trial.ExecAsync("id -G")).Split(' ').ShouldBe(["1000", "4001", "4002", "5000"], ignoreOrder: true);
    }

    public static async Task FsGroup_OwnsThePodsDirectories(PodTrial trial)
    {
        var spec = Spec(Container(Sh.Stay) with { VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }, new VolumeMount { Name = "memory", MountPath = "/memory" }] });
        await trial.ReadyAsync(spec with
        {
            SecurityContext = new PodSecurityContext { RunAsUser = 1000, FsGroup = 5000 },
            Volumes = [new Volume { Name = "data", EmptyDir = new EmptyDirVolume() }, new Volume { Name = "memory", EmptyDir = new EmptyDirVolume { Medium = "Memory" } }],
        });
        (await Command.RunAsync("stat", ["-c", "%g %a", trial.OnDisk("data")])).Output.Trim().ShouldBe("5000 2777");
        (await Command.RunAsync("stat", ["-c", "%g", trial.InMemory("memory")])).Output.Trim().ShouldBe("5000");
        (await trial.ExitCodeAsync("touch /data/mine && touch /memory/mine")).ShouldBe(0);
    }

    public static async Task ReadOnlyRoot_OnlyVolumesCanBeWritten(PodTrial trial)
    {
        var container = Container(Sh.Stay) with { SecurityContext = new SecurityContext { ReadOnlyRootFilesystem = true }, VolumeMounts = [new VolumeMount { Name = "data", MountPath = "/data" }] };
        await trial.ReadyAsync(Spec(container) with { Volumes = [new Volume { Name = "data", EmptyDir = new EmptyDirVolume() }] });
        (await trial.ExecAsync("touch /tmp/x")).ShouldContain("Read-only file system");
        (await trial.ExitCodeAsync("touch /data/x")).ShouldBe(0);
    }

    public static async Task Capabilities_AllDropped_NoneIsLeft(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { Capabilities = new Capabilities { Drop = ["ALL"] } } }));
        (await trial.ExecAsync(Sh.Capabilities)).ShouldEndWith("0000000000000000");
    }

    public static async Task PrivilegeEscalation_NotAllowed_IsWhatTheKernelKeepsTo(PodTrial trial)
    {
        await trial.ReadyAsync(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { AllowPrivilegeEscalation = false } }));
        (await trial.ExecAsync(Sh.NoNewPrivileges)).ShouldEndWith("1");
    }

    public static async Task Privileged_WithoutPermission_IsNotAllowed(PodTrial trial)
    {
        trial.Apply(Spec(Container(Sh.Stay) with { SecurityContext = new SecurityContext { Privileged = true } }));
        await trial.UntilReasonAsync("NotAllowed");
        trial.Work!.Message!.ShouldContain("--allow-privileged");
        await trial.UntilWaitingAsync("NotAllowed");
        (await trial.ContainersAsync()).ShouldBeEmpty();
    }

    public static async Task Sysctl_OfTheNetwork_IsThePods(PodTrial trial)
    {
        var spec = Spec(Container(Sh.Stay), Container(Sh.Stay, "other"));
        await trial.ReadyAsync(spec with { SecurityContext = new PodSecurityContext { Sysctls = [new Sysctl { Name = "net.core.somaxconn", Value = "321" }] } });
        (await trial.ExecAsync("cat /proc/sys/net/core/somaxconn", "other")).ShouldBe("321");
    }

    public static async Task HostAliases_AreInTheHostsFileOfAllContainers(PodTrial trial)
    {
        var spec = Spec(Container(Sh.Stay), Container(Sh.Stay, "other"));
        await trial.ReadyAsync(spec with { HostAliases = [new HostAlias { Ip = "10.1.2.3", Hostnames = ["db.internal"] }] });
        (await trial.ExecAsync("cat /etc/hosts")).ShouldContain("10.1.2.3\tdb.internal");
        (await trial.ExecAsync("cat /etc/hosts", "other")).ShouldContain("10.1.2.3\tdb.internal");
    }
}
