using System.Formats.Tar;
using System.Globalization;
using System.Text;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Runtime.Fake;

namespace Federation.Simulation.Tests.Regions;

/// <summary>What a pet writes: a file for each epoch, which says who wrote it last.</summary>
internal static class PetFiles
{
    private static readonly DateTimeOffset Time = DateTimeOffset.UnixEpoch;

    public static void Write(FakeVolumeFiles files, long epoch, string text)
    {
        files.Put(IVolumeContents.Root, Entry(new UstarTarEntry(TarEntryType.Directory, IVolumeContents.Root + "/")));
        var path = string.Create(CultureInfo.InvariantCulture, $"{IVolumeContents.Root}/epoch-{epoch}");
        files.Put(path, Entry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) }));
    }

    private static byte[] Entry(TarEntry entry)
    {
        entry.ModificationTime = Time;
        using var bytes = new MemoryStream();
        // The end of the tar, which the writer makes when it is disposed of, is none of the entry.
        var writer = new TarWriter(bytes, leaveOpen: true);
        writer.WriteEntry(entry);
        return bytes.ToArray();
    }
}
