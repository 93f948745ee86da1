using System.Formats.Tar;

namespace Federation.TestKit.Docker;

/// <summary>An image with the machine's busybox in it; made here, because tests have no registry.</summary>
public static class BusyboxImage
{
    public const string Reference = "federation.test/busybox:1";

    /// <summary>Its root file system, as an uncompressed tar.</summary>
    public static async Task<MemoryStream> CreateTarAsync()
    {
        var busybox = Busybox.Find() ?? throw new InvalidOperationException("The tests need a static busybox (Debian: busybox-static).");
        var stream = new MemoryStream();
        await using (var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
            await Busybox.WriteRootFileSystemAsync(tar, busybox, CancellationToken.None);
        stream.Position = 0;
        return stream;
    }
}
