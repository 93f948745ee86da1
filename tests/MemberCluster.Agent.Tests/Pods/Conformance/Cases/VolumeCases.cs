using Federation.Api.Apps;
using Federation.Api.Quantities;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class VolumeCases
{
    private static VolumeMount Mount(string path = "/data", string? subPath = null, bool? readOnly = null) => new() { Name = "data", MountPath = path, SubPath = subPath, ReadOnly = readOnly };

    private static PodSpec With(Volume volume, params ContainerSpec[] containers) => Spec(containers) with { Volumes = [volume with { Name = "data" }] };

    private static Volume Disk => new() { EmptyDir = new EmptyDirVolume() };

    private static Volume Memory(string? limit = null) => new() { EmptyDir = new EmptyDirVolume { Medium = "Memory", SizeLimit = limit is null ? null : Quantity.Parse(limit) } };

    private static ContainerSpec Mounting(VolumeMount mount, string name = "main") => Container(Sh.Stay, name) with { VolumeMounts = [mount] };

    public static async Task EmptyDir_TwoContainers_ShareIt(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount()), Mounting(Mount("/elsewhere"), "other")));
        await trial.ExecAsync("echo shared > /data/file");
        (await trial.ExecAsync("cat /elsewhere/file", "other")).ShouldBe("shared");
    }

    public static async Task EmptyDir_ContainerDies_OutlivesIt(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount())));
        await trial.ExecAsync("echo kept > /data/file");
        await trial.KillAsync();
        await trial.UntilRestartedAsync();
        (await trial.ExecAsync("cat /data/file")).ShouldBe("kept");
    }

    public static async Task EmptyDir_PodIsRemoved_IsGone(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount())));
        var (path, pod) = (trial.OnDisk("data"), Path.Combine(trial.Bench.Data, "pods", trial.Pod.Metadata.Uid!));
        Directory.Exists(path).ShouldBeTrue();
        await trial.RemoveAsync();
        await trial.UntilAsync(() => !Directory.Exists(pod), "the directory is removed");
    }

    public static async Task EmptyDir_UserIsNotRoot_MayWrite(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount()) with { SecurityContext = new SecurityContext { RunAsUser = 1000 } }));
        (await trial.ExitCodeAsync("touch /data/mine")).ShouldBe(0);
    }

    public static async Task EmptyDirInMemory_ContainerDies_OutlivesItAndIsShared(PodTrial trial)
    {
        await trial.ReadyAsync(With(Memory(), Mounting(Mount()), Mounting(Mount(), "other")));
        await trial.ExecAsync("echo kept > /data/file");
        await trial.KillAsync("other");
        await trial.UntilAsync(() => trial.Pod.Status.ContainerStatuses[1] is { RestartCount: 1, State.Running: not null }, "the other is back");
        (await trial.ExecAsync("cat /data/file", "other")).ShouldBe("kept");
        File.ReadAllLines("/proc/mounts").ShouldContain(line => line.StartsWith($"tmpfs {trial.InMemory("data")} ", StringComparison.Ordinal));
    }

    public static async Task EmptyDirInMemory_SizeLimit_IsKept(PodTrial trial)
    {
        await trial.ReadyAsync(With(Memory("1Mi"), Mounting(Mount())));
        (await trial.ExitCodeAsync("head -c 100000 /dev/zero > /data/fits")).ShouldBe(0);
        (await trial.ExitCodeAsync("head -c 4000000 /dev/zero > /data/toomuch")).ShouldNotBe(0);
    }

    public static async Task EmptyDirInMemory_PodIsRemoved_IsUnmounted(PodTrial trial)
    {
        await trial.ReadyAsync(With(Memory(), Mounting(Mount())));
        var path = trial.InMemory("data");
        await trial.RemoveAsync();
        await trial.UntilAsync(() => !Directory.Exists(path) && !File.ReadAllText("/proc/mounts").Contains(path, StringComparison.Ordinal), "nothing is left");
    }

    public static async Task Named_PodIsReplaced_ItsDataIsKept(PodTrial trial)
    {
        var named = new Volume { Named = new NamedVolume { VolumeName = $"kept-{trial.Uid}" } };
        var before = await trial.ReadyAsync(With(named, Mounting(Mount())));
        await trial.ExecAsync("echo kept > /data/file");
        trial.Apply(With(named, Mounting(Mount()) with { Env = [new EnvVar { Name = "NEW", Value = "1" }] }));
        await trial.UntilAsync(() => trial.Work is { Updated: 1, Ready: 1, Running: 1, TemplateHash: "hash-2" } && trial.Pod.Metadata.Uid != before.Metadata.Uid, "the new pod");
        (await trial.ExecAsync("cat /data/file")).ShouldBe("kept");
    }

    public static async Task Named_OtherNamespace_IsAnotherVolume(PodTrial trial)
    {
        var named = new Volume { Named = new NamedVolume { VolumeName = $"same-{trial.Uid}" } };
        await trial.ReadyAsync(With(named, Mounting(Mount())));
        await trial.ExecAsync("touch /data/mine");
        await using var other = new PodTrial(trial.Bench, "other namespace") { Namespace = "elsewhere" };
        await other.ReadyAsync(With(named, Mounting(Mount())));
        (await other.ExitCodeAsync("test -e /data/mine")).ShouldNotBe(0);
        (await other.Bench.Runtime.Volumes.ListAsync([$"federation.volume=same-{trial.Uid}"], CancellationToken.None)).Length.ShouldBe(2);
    }

    public static async Task Named_SubPath_IsAPartOfIt(PodTrial trial)
    {
        var named = new Volume { Named = new NamedVolume { VolumeName = $"parts-{trial.Uid}" } };
        await trial.ReadyAsync(With(named, Mounting(Mount()), Mounting(Mount("/part", "a/b"), "other")));
        await trial.ExecAsync("echo below > /part/file", "other");
        (await trial.ExecAsync("cat /data/a/b/file")).ShouldBe("below");
    }

    public static async Task SubPath_MountsThePartOfTheVolume(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount()), Mounting(Mount("/part", "logs/web"), "other")));
        await trial.ExecAsync("echo below > /part/file", "other");
        (await trial.ExecAsync("cat /data/logs/web/file")).ShouldBe("below");
    }

    public static async Task SubPath_LinkOutOfTheVolume_IsNotFollowed(PodTrial trial)
    {
        var spec = With(Disk, Mounting(Mount()), Mounting(Mount("/part", "out/etc"), "other")) with
        {
            InitContainers = [Container("ln -s / /data/out", "first") with { VolumeMounts = [Mount()] }],
        };
        trial.Apply(spec);
        await trial.UntilReasonAsync("NotAllowed");
        trial.Work!.Message!.ShouldContain("link");
    }

    public static async Task Mount_ReadOnly_CannotBeWritten(PodTrial trial)
    {
        await trial.ReadyAsync(With(Disk, Mounting(Mount()), Mounting(Mount(readOnly: true), "other")));
        await trial.ExecAsync("echo seen > /data/file");
        (await trial.ExecAsync("cat /data/file", "other")).ShouldBe("seen");
        (await trial.ExecAsync("touch /data/mine", "other")).ShouldContain("Read-only file system");
    }
}
