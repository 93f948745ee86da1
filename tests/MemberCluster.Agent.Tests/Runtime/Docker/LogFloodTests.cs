using System.Text;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>A container that prints far more than is kept.</summary>
public sealed class LogFloodTests
{
    private const int Lines = 400_000;
    private const string Script = "yes 'a line of a length that logs of programs often have, with nothing much in it to read' | head -n 400000; echo the end";

    [Fact]
    public async Task Logs_FortyMegabytes_TheEngineKeepsThreeFilesAndTheEndIsReadInBoundedMemory()
    {
        await using var runtime = await TestDocker.ConnectAsync();
        await TestDocker.EnsureBusyboxAsync(runtime);
        var name = $"fedtest-flood-{Guid.NewGuid():N}";
        var id = await runtime.Containers.CreateAsync(
            new ContainerSpec { Name = name, Image = Federation.TestKit.Docker.BusyboxImage.Reference, Entrypoint = ["/bin/sh", "-c", Script] }, CancellationToken.None);
        try
        {
            await runtime.Containers.StartAsync(id, CancellationToken.None);
            await runtime.Containers.WaitAsync(id, CancellationToken.None);

            var files = Directory.GetFiles(Path.Combine((await runtime.GetInfoAsync(CancellationToken.None)).DataRoot, "containers", id), "*-json.log*");
            files.Length.ShouldBe(3);
            files.Sum(file => new FileInfo(file).Length).ShouldBeLessThan(31L << 20);

            var tail = new StringBuilder();
            await foreach (var chunk in runtime.Containers.ReadLogsAsync(id, new LogQuery { Tail = 2 }, CancellationToken.None))
                tail.Append(Encoding.UTF8.GetString(chunk.Data.Span));
            tail.ToString().ShouldEndWith("\nthe end\n");
            var (bytes, largest) = await ReadAllAsync(runtime, id);
            bytes.ShouldBeInRange(10L << 20, Lines * 100L, "what was rotated away is gone, the rest is there");
            largest.ShouldBeLessThan(1 << 20, "it is read in pieces, never as a whole");
        }
        finally
        {
            await runtime.Containers.RemoveAsync(id, force: true, CancellationToken.None);
        }
    }

    private static async Task<(long Bytes, int LargestPiece)> ReadAllAsync(IContainerRuntime runtime, string container)
    {
        var (bytes, largest) = (0L, 0);
        await foreach (var chunk in runtime.Containers.ReadLogsAsync(container, new LogQuery(), CancellationToken.None))
        {
            bytes += chunk.Data.Length;
            largest = Math.Max(largest, chunk.Data.Length);
        }

        return (bytes, largest);
    }
}
