using Federation.TestKit.Processes;

namespace Federation.Storage.Tests.Crashes;

/// <summary>A disk of a few MiB.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(int mebibytes)
    {
        var disk = new SmallDisk(TemporaryDirectory.Create());
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=777", "tmpfs", disk.Path);
        return disk;
    }

    public Task GrowAsync(int mebibytes) => RunAsync("mount", "-o", $"remount,size={mebibytes}m", Path);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", Path);
        Directory.Delete(Path);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await Command.RunAsync(program, arguments);
        result.ExitCode.ShouldBe(0, $"{program}: {result}");
    }
}
