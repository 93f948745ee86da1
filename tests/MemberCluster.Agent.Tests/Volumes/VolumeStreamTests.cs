using System.Collections.Immutable;
using System.Formats.Tar;
using Federation.TestKit.Time;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Tests.Volumes;

/// <summary>What goes over the wire of a volume: whole or not at all, and on from any part.</summary>
public sealed class VolumeStreamTests : IDisposable
{
    private const string Name = "volume";
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("volume-test");
    private readonly ManualTimeProvider _time = new();
    private readonly IContainerRuntime _engine;

    public VolumeStreamTests()
    {
        _engine = new FakeEngine(_time).Connect();
    }

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task Receive_EverythingOfAVolume_IsTheSameAndSoIsItsDigest()
    {
        var tar = new TestVolume().File("a", "first").Directory("d").File("d/" + new string('l', 180), "long name").File("empty", "")
            .Add(new PaxTarEntry(TarEntryType.SymbolicLink, TestVolume.NameOf("s")) { LinkName = "../nowhere" })
            .Add(new PaxTarEntry(TarEntryType.HardLink, TestVolume.NameOf("z")) { LinkName = TestVolume.NameOf("a") }).ToTar();

        var progress = await ReceiveAsync(await TestVolume.SentAsync(tar), ClaimProgress.None);

        (progress.Entries, progress.Directories, progress.Bytes).ShouldBe((7, 2, 14));
        var files = await TestVolume.ReadAsync(_engine, Name);
        files["federation-volume/a"].ShouldBe("first");
        files["federation-volume/d/" + new string('l', 180)].ShouldBe("long name");
        files["federation-volume/s"].ShouldBe("SymbolicLink ../nowhere");
        files["federation-volume/z"].ShouldBe("HardLink federation-volume/a");
        (await DigestAsync()).ShouldBe((await VolumeDigest.OfAsync(new MemoryStream(tar), CancellationToken.None)).Digest);
    }

    [Fact]
    public async Task Receive_CutAnywhere_IsNeverTakenForWhole()
    {
        var sent = await TestVolume.SentAsync(new TestVolume().File("a", new string('x', 700)).Directory("d").File("d/b", "b").ToTar());

        for (var length = 0; length < sent.Length; length += 37)
            await Should.ThrowAsync<IOException>(() => ReceiveAsync(sent[..length], ClaimProgress.None), $"after {length} of {sent.Length} bytes");
        (await ReceiveAsync(sent, ClaimProgress.None)).Entries.ShouldBe(4);
    }

    [Fact]
    public async Task Receive_GoesOn_OnlyWhatIsMissingComesAndDirectoriesAreSetAgain()
    {
        var tar = new TestVolume().File("a", new string('a', 5000)).Directory("d").File("d/b", new string('b', 5000)).File("e", "e").ToTar();
        var whole = await TestVolume.SentAsync(tar);
        // The root, a and d are here.
        await TestVolume.FillAsync(await VolumeAsync(), Name, new TestVolume().File("a", new string('a', 5000)).Directory("d").ToTar());

        var rest = await TestVolume.SentAsync(tar, skip: 3);
        rest.Length.ShouldBeLessThan(whole.Length - 5000);
        var progress = await ReceiveAsync(rest, new ClaimProgress(3, 2, 5000));

        (progress.Entries, progress.Directories, progress.Bytes).ShouldBe((5, 2, 10_001));
        (await DigestAsync()).ShouldBe((await VolumeDigest.OfAsync(new MemoryStream(tar), CancellationToken.None)).Digest);
    }

    [Theory]
    [InlineData("other/file")]
    [InlineData("federation-volume/../etc/passwd")]
    [InlineData("federation-volumes")]
    public async Task Receive_EntryOutsideOfTheVolume_IsRefused(string path)
    {
        var sent = await TestVolume.SentAsync(new TestVolume().Add(new PaxTarEntry(TarEntryType.RegularFile, path)).ToTar());

        await Should.ThrowAsync<InvalidDataException>(() => ReceiveAsync(sent, ClaimProgress.None));
    }

    [Fact]
    public async Task Digest_AnythingDiffers_Differs()
    {
        static TestVolume With(Action<PaxTarEntry> change)
        {
            var entry = new PaxTarEntry(TarEntryType.RegularFile, TestVolume.NameOf("f")) { Mode = UnixFileMode.UserRead, Uid = 1, Gid = 2, DataStream = new MemoryStream("1"u8.ToArray()) };
            change(entry);
            return new TestVolume().Add(entry);
        }

        TestVolume[] volumes =
        [
            With(_ => { }), With(entry => entry.Mode = UnixFileMode.UserWrite), With(entry => entry.Uid = 2), With(entry => entry.Gid = 3), With(entry => entry.DataStream = new MemoryStream("2"u8.ToArray())),
            With(entry => entry.DataStream = new MemoryStream("12"u8.ToArray())), With(entry => entry.Name += "f"), new TestVolume(), new TestVolume().Directory("f"),
        ];
        var digests = new HashSet<string>();
        foreach (var volume in volumes)
            digests.Add((await VolumeDigest.OfAsync(new MemoryStream(volume.ToTar()), CancellationToken.None)).Digest);

        digests.Count.ShouldBe(volumes.Length);
    }

    [Fact]
    public async Task Read_NoTar_SaysSo()
    {
        await Should.ThrowAsync<InvalidDataException>(() => VolumeDigest.OfAsync(new MemoryStream(Enumerable.Repeat((byte)'x', 2048).ToArray()), CancellationToken.None));
        await Should.ThrowAsync<EndOfStreamException>(() => VolumeDigest.OfAsync(new MemoryStream(), CancellationToken.None));
    }

    private async Task<IContainerRuntime> VolumeAsync()
    {
        await _engine.Volumes.EnsureAsync(Name, ImmutableDictionary<string, string>.Empty, CancellationToken.None);
        return _engine;
    }

    private async Task<ClaimProgress> ReceiveAsync(byte[] sent, ClaimProgress from)
    {
        await VolumeAsync();
        await using var contents = await _engine.Volumes.OpenAsync(Name, ImmutableDictionary<string, string>.Empty, CancellationToken.None);
        var progress = from;
        var said = await new VolumeReceiver(new CopyFiles(_data.FullName), _time).ReceiveAsync(new MemoryStream(sent), from, contents, _ => { }, written => progress = written, CancellationToken.None);
        said.Entries.ShouldBe(progress.Entries);
        said.Bytes.ShouldBe(progress.Bytes);
        return progress;
    }

    private async Task<string> DigestAsync()
    {
        await using var contents = await _engine.Volumes.OpenAsync(Name, ImmutableDictionary<string, string>.Empty, CancellationToken.None);
        await using var tar = await contents.ReadAsync(CancellationToken.None);
        return (await VolumeDigest.OfAsync(tar, CancellationToken.None)).Digest;
    }
}
