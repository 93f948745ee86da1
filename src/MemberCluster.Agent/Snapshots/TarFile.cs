using Federation.Api.Agents;
using MemberCluster.Agent.Volumes;

namespace MemberCluster.Agent.Snapshots;

/// <summary>A tar that arrives as a file. After a break it goes on behind the last entry that is there whole.</summary>
internal static class TarFile
{
    private const int BufferSize = 1024 * 1024;
    private static readonly byte[] Zeros = new byte[2 * TarReader.Block];

    /// <summary>How far a file has come that was cut.</summary>
    /// <param name="Entries">That are there whole.</param>
    /// <param name="Directories">Of these.</param>
    /// <param name="Bytes">Of the files among them.</param>
    /// <param name="Length">Of the file up to there.</param>
    public sealed record Progress(long Entries, long Directories, long Bytes, long Length);

    /// <summary>Of a file that is not there: nothing.</summary>
    public static async Task<Progress> ReadProgressAsync(string path, CancellationToken cancellationToken)
    {
        var progress = new Progress(0, 0, 0, 0);
        if (!File.Exists(path))
            return progress;
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        using var reader = new TarReader(file);
        try
        {
            while (await reader.NextAsync(cancellationToken) is { } entry)
            {
                var header = entry.Header.Length;
                while (!(await reader.ReadContentAsync(cancellationToken)).IsEmpty)
                {
                    // Only whether it is there.
                }

                progress = Next(progress, entry, header);
            }
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            // So far it came.
        }

        return progress;
    }

    /// <summary>Writes what comes behind what is there, to its end, and makes it durable.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="progress">What of it is right.</param>
    /// <param name="volume">As <see cref="StreamKind.Volume"/> describes it, with that many entries left out.</param>
    /// <param name="arrived">Told the bytes of files that are here.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What the source says of the whole volume.</returns>
    /// <exception cref="IOException">It was cut, or the disk is full.</exception>
    /// <exception cref="InvalidDataException">What comes is no volume.</exception>
    public static async Task<VolumeEnd> ReceiveAsync(string path, Progress progress, Stream volume, Action<long> arrived, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            BufferSize = BufferSize,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.SetLength(progress.Length);
        file.Position = progress.Length;
        using var reader = new TarReader(volume);
        var repeated = progress.Directories;
        while (await reader.NextAsync(cancellationToken) is { } entry)
        {
            VolumeReceiver.Check(entry);
            if (entry.Type == TarEntry.Directory && repeated > 0)
            {
                repeated--;
                continue;
            }

            var (before, header) = (progress.Bytes, entry.Header.Length);
            await file.WriteAsync(entry.Header, cancellationToken);
            var bytes = 0L;
            while (await reader.ReadContentAsync(cancellationToken) is { IsEmpty: false } part)
            {
                await file.WriteAsync(part, cancellationToken);
                arrived(before + (bytes += part.Length));
            }

            await file.WriteAsync(Zeros.AsMemory(0, TarReader.PaddingOf(bytes)), cancellationToken);
            progress = Next(progress, entry, header);
        }

        await file.WriteAsync(Zeros, cancellationToken);
        var end = VolumeReceiver.EndOf(await reader.ReadRestAsync(VolumeReceiver.LargestEnd, cancellationToken));
        file.Flush(flushToDisk: true);
        return end;
    }

    private static Progress Next(Progress progress, TarEntry entry, int header)
    {
        var size = entry.Type == TarEntry.RegularFile ? entry.Size : 0;
        return new Progress(
            progress.Entries + 1, progress.Directories + (entry.Type == TarEntry.Directory ? 1 : 0), progress.Bytes + size, progress.Length + header + size + TarReader.PaddingOf(size));
    }
}
