using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Federation.TestKit.Docker;

/// <summary>What a registry holds: manifests, by repository and tag or digest, and blobs.</summary>
internal sealed class RegistryContent
{
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";
    private static readonly Lazy<Task<Layer>> BusyboxLayer = new(async () => Compress((await BusyboxImage.CreateTarAsync()).ToArray()));

    /// <summary>No engine has this layer from another registry: it is always downloaded.</summary>
    private readonly Layer _own = Compress(OneFile($"registry-{Guid.NewGuid():N}"));

    private readonly ConcurrentDictionary<string, StoredContent> _byPath = new(StringComparer.Ordinal);

    /// <param name="path">"/v2/repository/manifests/tag", "…/manifests/digest" or "…/blobs/digest".</param>
    public StoredContent? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Images of other content differ in their configuration, and share their layers.</summary>
    /// <returns>The digest.</returns>
    public async Task<string> PushAsync(string repository, string tag, string content)
    {
        Layer[] layers = [await BusyboxLayer.Value, _own];
        var config = Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin","CONTENT={{{content}}}"]},
             "rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', layers.Select(layer => $"\"{layer.DiffId}\""))}}}]}}
            """);
        var manifest = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{ManifestType}}",
             "config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":{{config.Length}},"digest":"{{Digest(config)}}"},
             "layers":[{{string.Join(',', layers.Select(Describe))}}] }
            """);
        foreach (var blob in (byte[][])[config, .. layers.Select(layer => layer.Compressed)])
            _byPath[$"/v2/{repository}/blobs/{Digest(blob)}"] = new StoredContent("application/octet-stream", blob);
        foreach (var name in (string[])[tag, Digest(manifest)])
            _byPath[$"/v2/{repository}/manifests/{name}"] = new StoredContent(ManifestType, manifest);
        return Digest(manifest);
    }

    public static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    private static string Describe(Layer layer) =>
        $$"""{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":{{layer.Compressed.Length}},"digest":"{{Digest(layer.Compressed)}}"}""";

    private static byte[] OneFile(string name)
    {
        var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
            tar.WriteEntry(Busybox.Text(name, name));
        return stream.ToArray();
    }

    private static Layer Compress(byte[] tar)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(tar);
        return new Layer(Digest(tar), stream.ToArray());
    }

    private sealed record Layer(string DiffId, byte[] Compressed);
}

internal sealed record StoredContent(string MediaType, byte[] Content);
