using System.Text;
using MemberCluster.Agent.Data;

namespace MemberCluster.Agent.Tests.Data;

public sealed class AtomicDirectoryTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("atomic");

    private string Volume => Path.Combine(_directory.FullName, "volume");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Write_Files_AreLinksThroughOneDirectory()
    {
        AtomicDirectory.Write(Volume, [File("a", "1"), File("deep/er/b", "2", 0b100_000_000)], group: null, Now).ShouldBeTrue();

        System.IO.File.ReadAllText(Path.Combine(Volume, "a")).ShouldBe("1");
        System.IO.File.ReadAllText(Path.Combine(Volume, "deep/er/b")).ShouldBe("2");
        new FileInfo(Path.Combine(Volume, "a")).LinkTarget.ShouldBe("..data/a");
        new FileInfo(Path.Combine(Volume, "deep")).LinkTarget.ShouldBe("..data/deep");
        new FileInfo(Path.Combine(Volume, "..data")).LinkTarget!.ShouldStartWith("..2026_11_22_12_00_00");
        System.IO.File.GetUnixFileMode(Path.Combine(AtomicDirectory.Current(Volume), "deep/er/b")).ShouldBe(UnixFileMode.UserRead);
    }

    [Fact]
    public void Write_TheSameFiles_TouchesNothing()
    {
        AtomicDirectory.Write(Volume, [File("a", "1")], group: null, Now);
        var version = new FileInfo(Path.Combine(Volume, "..data")).LinkTarget;

        AtomicDirectory.Write(Volume, [File("a", "1")], group: null, Now.AddSeconds(5)).ShouldBeFalse();

        new FileInfo(Path.Combine(Volume, "..data")).LinkTarget.ShouldBe(version);
        AtomicDirectory.Write(Volume, [File("a", "1", 0b110_000_000)], group: null, Now).ShouldBeTrue();
    }

    [Fact]
    public void Write_OtherFiles_RemovesWhatIsNotWantedAnyMore()
    {
        AtomicDirectory.Write(Volume, [File("a", "1"), File("b/c", "2")], group: null, Now);

        AtomicDirectory.Write(Volume, [File("d", "3")], group: null, Now);

        Directory.EnumerateFileSystemEntries(Volume).Select(path => Path.GetFileName(path)!).Where(name => !name.StartsWith("..", StringComparison.Ordinal)).ShouldBe(["d"]);
        Directory.EnumerateDirectories(Volume, "..2*").ShouldHaveSingleItem();
    }

    [Fact]
    public void Write_LeftoverOfACrash_IsRemoved()
    {
        AtomicDirectory.Write(Volume, [File("a", "1")], group: null, Now);
        Directory.CreateDirectory(Path.Combine(Volume, "..2026_11_22_12_00_01.000000001", "half"));
        System.IO.File.CreateSymbolicLink(Path.Combine(Volume, "..data_tmp"), "..2026_11_22_12_00_01.000000001");

        AtomicDirectory.Write(Volume, [File("a", "2")], group: null, Now).ShouldBeTrue();

        System.IO.File.ReadAllText(Path.Combine(Volume, "a")).ShouldBe("2");
        Directory.EnumerateDirectories(Volume, "..2*").ShouldHaveSingleItem();
    }

    [Fact]
    public void Write_Group_OwnsAndMayRead()
    {
        AtomicDirectory.Write(Volume, [File("a", "1", 0b100_000_000)], group: 4711, Now);

        System.IO.File.GetUnixFileMode(Path.Combine(AtomicDirectory.Current(Volume), "a")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.GroupRead);
        System.IO.File.GetUnixFileMode(Volume).HasFlag(UnixFileMode.SetGroup | UnixFileMode.GroupExecute).ShouldBeTrue();
    }

    [Fact]
    public async Task Write_WhileSomebodyReads_ShowsOldOrNewAndNeverBoth()
    {
        AtomicDirectory.Write(Volume, [File("a", "0"), File("b", "0")], group: null, Now);
        using var stop = new CancellationTokenSource();
        var mixes = 0;
        var reads = 0;
        var reading = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                // As a careful reader does: both files through the same version.
                var version = new FileInfo(Path.Combine(Volume, "..data")).LinkTarget.ShouldNotBeNull();
                try
                {
                    var (a, b) = (System.IO.File.ReadAllText(Path.Combine(Volume, version, "a")), System.IO.File.ReadAllText(Path.Combine(Volume, version, "b")));
                    mixes += a == b ? 0 : 1;
                    reads++;
                }
                catch (IOException)
                {
                    // The version went meanwhile: the reader looks again.
                }
            }
        });

        for (var i = 1; i <= 200 || (reads < 50 && i < 20_000); i++)
            AtomicDirectory.Write(Volume, [File("a", $"{i}"), File("b", $"{i}")], group: null, Now);
        await stop.CancelAsync();
        await reading;

        mixes.ShouldBe(0);
        reads.ShouldBeGreaterThan(0);
    }

    private static VolumeFile File(string path, string text, int mode = 0b110_100_100) => new(path, Encoding.UTF8.GetBytes(text), (UnixFileMode)mode);
}
