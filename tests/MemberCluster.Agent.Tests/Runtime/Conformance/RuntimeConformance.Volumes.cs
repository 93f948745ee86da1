using System.Collections.Immutable;
using System.Formats.Tar;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Tests.Volumes;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Tests.Runtime.Conformance;

public abstract partial class RuntimeConformance
{
    [Fact]
    public async Task VolumeContents_WrittenAndRead_AreTheSame()
    {
        var volume = await VolumeAsync("v");
        var tar = new TestVolume().File("a", "first").Directory("d").File("d/" + new string('l', 180), "long").File("große", new byte[100_000])
            .Add(new PaxTarEntry(TarEntryType.HardLink, TestVolume.NameOf("hard")) { LinkName = TestVolume.NameOf("a"), Mode = (UnixFileMode)0b110_100_100, Uid = 70 })
            .Add(new PaxTarEntry(TarEntryType.SymbolicLink, TestVolume.NameOf("soft")) { LinkName = "../nowhere", Mode = (UnixFileMode)0b111_111_111 }).ToTar();
        await TestVolume.FillAsync(Runtime, volume.Name, tar);

        var files = await TestVolume.ReadAsync(Runtime, volume.Name);
        files.Keys.Order(StringComparer.Ordinal).ShouldBe(["federation-volume", "federation-volume/a", "federation-volume/d", "federation-volume/d/" + new string('l', 180), "federation-volume/große", "federation-volume/hard", "federation-volume/soft"]);
        (files["federation-volume/a"], files["federation-volume/soft"], files["federation-volume/große"].Length).ShouldBe(("first", "SymbolicLink ../nowhere", 100_000));
        (await DigestAsync(volume.Name)).ShouldBe((await VolumeDigest.OfAsync(new MemoryStream(tar), Token)).Digest);
    }

    [Fact]
    public async Task VolumeContents_WrittenInParts_LaterOnesReplaceAndAdd()
    {
        var volume = await VolumeAsync("v");
        await TestVolume.FillAsync(Runtime, volume.Name, new TestVolume().Directory("d").File("d/a", "old").File("d/b", "b").ToTar());
        await TestVolume.FillAsync(Runtime, volume.Name, new TestVolume().Directory("d").File("d/a", "new").ToTar());

        var files = await TestVolume.ReadAsync(Runtime, volume.Name);
        (files["federation-volume/d/a"], files["federation-volume/d/b"]).ShouldBe(("new", "b"));
    }

    [Fact]
    public async Task VolumeContents_Open_CountsAsUsedAndTheNextOneTakesIt()
    {
        var volume = await VolumeAsync("v");
        await Runtime.Volumes.OpenAsync(volume.Name, Labels(), Token);
        await FailsAsync(RuntimeFailure.Conflict, () => Runtime.Volumes.RemoveAsync(volume.Name, Token));
        await using (var contents = await Runtime.Volumes.OpenAsync(volume.Name, Labels(), Token))
            await contents.FlushAsync(Token);

        await Runtime.Volumes.OpenAsync(volume.Name, Labels(), Token);
        await Runtime.Volumes.CloseAsync(volume.Name, Token);
        await Runtime.Volumes.CloseAsync(volume.Name, Token);
        (await Runtime.Volumes.RemoveAsync(volume.Name, Token)).ShouldBeTrue();
    }

    [Fact]
    public async Task VolumeContents_MissingVolume_IsNotFoundAndNotMade()
    {
        (await Runtime.Volumes.FindAsync(Name("missing"), Token)).ShouldBeNull();
        await FailsAsync(RuntimeFailure.NotFound, () => Runtime.Volumes.OpenAsync(Name("missing"), Labels(), Token));
        (await Runtime.Volumes.FindAsync(Name("missing"), Token)).ShouldBeNull();
        (await Runtime.Volumes.FindAsync((await VolumeAsync("v")).Name, Token)).ShouldNotBeNull().Labels.ShouldBe(Labels());
    }

    [Fact]
    public async Task VolumeContents_WriterFails_ItsOwnTroubleComesOut()
    {
        var volume = await VolumeAsync("v");
        await using var contents = await Runtime.Volumes.OpenAsync(volume.Name, Labels(), Token);

        await Should.ThrowAsync<EndOfStreamException>(() => contents.WriteAsync((_, _) => throw new EndOfStreamException("cut"), Token));
        await Should.ThrowAsync<InvalidDataException>(() => contents.WriteAsync((_, _) => throw new InvalidDataException("no volume"), Token));
    }

    private async Task<string> DigestAsync(string volume)
    {
        await using var contents = await Runtime.Volumes.OpenAsync(volume, ImmutableDictionary<string, string>.Empty, Token);
        await using var tar = await contents.ReadAsync(Token);
        return (await VolumeDigest.OfAsync(tar, Token)).Digest;
    }
}
