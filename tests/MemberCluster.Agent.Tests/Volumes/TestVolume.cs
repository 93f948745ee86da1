using System.Collections.Immutable;
using System.Formats.Tar;
using System.Text;
using MemberCluster.Agent.Runtime;
using MemberCluster.Agent.Volumes;
using TarEntry = System.Formats.Tar.TarEntry;

namespace MemberCluster.Agent.Tests.Volumes;

/// <summary>A volume's contents as an engine's tar, made by the framework's writer and not by ours.</summary>
internal sealed class TestVolume
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_500_000_000);
    private readonly MemoryStream _tar = new();
    private readonly TarWriter _writer;

    public TestVolume()
    {
        _writer = new TarWriter(_tar, TarEntryFormat.Pax, leaveOpen: true);
        Directory("");
    }

    public TestVolume Directory(string path) => Add(new PaxTarEntry(TarEntryType.Directory, NameOf(path)) { Mode = (UnixFileMode)0b111_101_101 });

    public TestVolume File(string path, string content) => File(path, Encoding.UTF8.GetBytes(content));

    public TestVolume File(string path, byte[] content) => Add(new PaxTarEntry(TarEntryType.RegularFile, NameOf(path)) { Mode = (UnixFileMode)0b110_100_100, Uid = 70, DataStream = new MemoryStream(content) });

    public TestVolume Add(TarEntry entry)
    {
        entry.ModificationTime = Time;
        _writer.WriteEntry(entry);
        return this;
    }

    public byte[] ToTar()
    {
        _writer.Dispose();
        return _tar.ToArray();
    }

    /// <summary>As the other end sends it.</summary>
    public static async Task<byte[]> SentAsync(byte[] tar, long skip = 0)
    {
        using var sent = new MemoryStream();
        await VolumeRelay.CopyAsync(new MemoryStream(tar), skip, (part, _) =>
        {
            sent.Write(part.Span);
            return ValueTask.CompletedTask;
        }, CancellationToken.None);
        return sent.ToArray();
    }

    /// <summary>Puts it into a volume of an engine.</summary>
    public static async Task FillAsync(IContainerRuntime runtime, string volume, byte[] tar)
    {
        await using var contents = await runtime.Volumes.OpenAsync(volume, ImmutableDictionary<string, string>.Empty, CancellationToken.None);
        await contents.WriteAsync((stream, token) => stream.WriteAsync(tar, token).AsTask(), CancellationToken.None);
    }

    /// <summary>What a volume of an engine holds: paths and contents.</summary>
    public static async Task<Dictionary<string, string>> ReadAsync(IContainerRuntime runtime, string volume)
    {
        await using var contents = await runtime.Volumes.OpenAsync(volume, ImmutableDictionary<string, string>.Empty, CancellationToken.None);
        await using var tar = await contents.ReadAsync(CancellationToken.None);
        using var copy = new MemoryStream();
        await tar.CopyToAsync(copy);
        copy.Position = 0;
        using var reader = new System.Formats.Tar.TarReader(copy);
        var files = new Dictionary<string, string>();
        while (await reader.GetNextEntryAsync(copyData: true) is { } entry)
            files[entry.Name.TrimEnd('/')] = entry.DataStream is { } data ? await new StreamReader(data).ReadToEndAsync() : $"{entry.EntryType} {entry.LinkName}".Trim();
        return files;
    }

    public static string NameOf(string path) => path.Length == 0 ? IVolumeContents.Root + "/" : $"{IVolumeContents.Root}/{path}";
}
