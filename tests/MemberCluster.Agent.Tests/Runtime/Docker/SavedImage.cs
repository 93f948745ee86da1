using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Federation.TestKit.Docker;

namespace MemberCluster.Agent.Tests.Runtime.Docker;

/// <summary>An image archive in the layout engines save and load: manifest.json, a configuration, layers.</summary>
internal static class SavedImage
{
    public static async Task<MemoryStream> CreateAsync(string reference)
    {
        var layer = (await BusyboxImage.CreateTarAsync()).ToArray();
        var digest = Convert.ToHexStringLower(SHA256.HashData(layer));
        var config = $$$"""{"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":["sha256:{{{digest}}}"]}}""";
        var manifest = $$"""[{"Config":"config.json","RepoTags":["{{reference}}"],"Layers":["layer.tar"]}]""";
        var stream = new MemoryStream();
        await using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            await tar.WriteEntryAsync(File("config.json", Encoding.UTF8.GetBytes(config)));
            await tar.WriteEntryAsync(File("layer.tar", layer));
            await tar.WriteEntryAsync(File("manifest.json", Encoding.UTF8.GetBytes(manifest)));
        }

        stream.Position = 0;
        return stream;
    }

    private static PaxTarEntry File(string name, byte[] content) => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };
}
