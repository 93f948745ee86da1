using Federation.Api.Apps;
using static MemberCluster.Agent.Tests.Pods.Conformance.PodTrial;

namespace MemberCluster.Agent.Tests.Pods.Conformance.Cases;

internal static class HostPathCases
{
    private static PodSpec With(string path, string? type = null) =>
        Spec(Container(Sh.Stay) with { VolumeMounts = [new VolumeMount { Name = "host", MountPath = "/host" }] }) with
        {
            Volumes = [new Volume { Name = "host", HostPath = new HostPathVolume { Path = path, Type = type } }],
        };

    private static string Own(PodTrial trial, string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(trial.Bench.Shared, trial.Uid)).FullName, name);

    private static async Task IsRefusedAsync(PodTrial trial, PodSpec spec, string words)
    {
        trial.Apply(spec);
        await trial.UntilReasonAsync("NotAllowed");
        trial.Work!.Message!.ShouldContain(words);
        (await trial.ContainersAsync()).ShouldBeEmpty();
    }

    public static async Task HostPath_Allowed_IsTheMachines(PodTrial trial)
    {
        File.WriteAllText(Own(trial, "file"), "the machine's");
        await trial.ReadyAsync(With(Path.Combine(trial.Bench.Shared, trial.Uid), "Directory"));
        (await trial.ExecAsync("cat /host/file")).ShouldBe("the machine's");
    }

    public static Task HostPath_NotAllowed_IsRefused(PodTrial trial) => IsRefusedAsync(trial, With("/etc"), "--allow-host-path");

    public static Task HostPath_BesideWhatIsAllowed_IsRefused(PodTrial trial) => IsRefusedAsync(trial, With(trial.Bench.Shared + "-not"), "--allow-host-path");

    public static Task HostPath_LinkOutOfWhatIsAllowed_IsRefused(PodTrial trial)
    {
        File.CreateSymbolicLink(Own(trial, "link"), "/etc");
        return IsRefusedAsync(trial, With(Own(trial, "link")), "leads to /etc");
    }

    public static async Task HostPath_DirectoryOrCreate_IsMade(PodTrial trial)
    {
        await trial.ReadyAsync(With(Own(trial, "made/here"), "DirectoryOrCreate"));
        await trial.ExecAsync("echo written > /host/file");
        File.ReadAllText(Own(trial, "made/here/file")).Trim().ShouldBe("written");
    }

    public static async Task HostPath_FileOrCreate_IsMade(PodTrial trial)
    {
        await trial.ReadyAsync(With(Own(trial, "file"), "FileOrCreate"));
        await trial.ExecAsync("echo written > /host");
        File.ReadAllText(Own(trial, "file")).Trim().ShouldBe("written");
    }

    public static Task HostPath_OfAnotherType_IsRefused(PodTrial trial)
    {
        Directory.CreateDirectory(Own(trial, "directory"));
        return IsRefusedAsync(trial, With(Own(trial, "directory"), "File"), "is not a File");
    }

    public static Task HostPath_NotThere_IsRefused(PodTrial trial) => IsRefusedAsync(trial, With(Own(trial, "nothing"), "Directory"), "is not a Directory");

    public static async Task HostPath_PodIsRemoved_Stays(PodTrial trial)
    {
        await trial.ReadyAsync(With(Own(trial, "stays"), "DirectoryOrCreate"));
        await trial.ExecAsync("touch /host/file");
        await trial.RemoveAsync();
        File.Exists(Own(trial, "stays/file")).ShouldBeTrue();
    }
}
