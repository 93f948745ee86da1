using Federation.TestKit.Docker;
using Federation.TestKit.Processes;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>A real engine on a disk that is really full: a small one in memory, which needs root.</summary>
public sealed class DockerFullDiskTests
{
    private const string DiskSize = "64m";

    [Fact]
    public async Task Engine_DiskFull_SaysSoAndRecovers()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var daemon = await DockerDaemon.StartAsync(prepare: MountSmallDisk);
        await using var runtime = TestDocker.Connect(daemon.Host);
        await TestDocker.EnsureBusyboxAsync(runtime);
        var filler = Path.Combine(daemon.Directory, "data", "filler");
        Fill(filler);

        (await runtime.GetInfoAsync(deadline.Token)).DiskFreeBytes.ShouldBe(0);
        await FullAsync(() => runtime.Containers.CreateAsync(Spec("refused"), deadline.Token));
        await FullAsync(async () => await runtime.Images.ImportAsync(await BusyboxImage.CreateTarAsync(), new ImageImport("federation.test/other:1", []), deadline.Token));

        File.Delete(filler);
        var id = await runtime.Containers.CreateAsync(Spec("accepted"), deadline.Token);
        await runtime.Containers.StartAsync(id, deadline.Token);
        (await runtime.Containers.WaitAsync(id, deadline.Token)).ShouldBe(0);
    }

    private static ContainerSpec Spec(string name) => new() { Name = name, Image = BusyboxImage.Reference, Entrypoint = ["/bin/true"] };

    private static async Task FullAsync(Func<Task> action)
    {
        var failure = await Should.ThrowAsync<RuntimeException>(action);
        failure.Failure.ShouldBe(RuntimeFailure.DiskFull, failure.Message);
        failure.EngineMessage.ShouldNotBeNull().ShouldContain("no space left on device");
    }

    private static void MountSmallDisk(string directory)
    {
        var data = Directory.CreateDirectory(Path.Combine(directory, "data")).FullName;
        var mounted = Command.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={DiskSize}", "tmpfs", data]).GetAwaiter().GetResult();
        mounted.ExitCode.ShouldBe(0, mounted.ToString());
    }

    /// <summary>Writes until nothing more fits, then byte by byte: engines write small files too.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var size = 1 << 20; size > 0; size /= 16)
        {
            try
            {
                while (true)
                    file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // Full for this size.
            }
        }
    }
}
