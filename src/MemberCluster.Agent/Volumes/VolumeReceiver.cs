using System.Text.Json;
using Federation.Api.Agents;
using Federation.Api.Json;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Volumes;

/// <summary>Writes a volume while it arrives, in parts: what the engine has written of it need not come again.</summary>
internal sealed class VolumeReceiver(CopyFiles files, TimeProvider time)
{
    /// <summary>A part ends with the first entry after one of these. Each part costs the engine a tenth of a second.</summary>
    private const long PartBytes = 128L * 1024 * 1024;
    private static readonly TimeSpan PartTime = TimeSpan.FromSeconds(5);

    private const int BufferSize = 128 * 1024;
    internal const int LargestEnd = 4096;
    private static readonly byte[] Zeros = new byte[2 * TarReader.Block];

    /// <param name="volume">As <see cref="StreamKind.Volume"/> describes it.</param>
    /// <param name="from">What is here.</param>
    /// <param name="contents">Where it goes.</param>
    /// <param name="arrived">Told the bytes of files that have come, also before they are written.</param>
    /// <param name="written">Told after each part.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What the source says of the whole volume.</returns>
    /// <exception cref="IOException">It was cut.</exception>
    /// <exception cref="InvalidDataException">What comes is no volume.</exception>
    /// <exception cref="RuntimeException">The engine does not take it.</exception>
    public async Task<VolumeEnd> ReceiveAsync(
        Stream volume, ClaimProgress from, IVolumeContents contents, Action<long> arrived, Action<ClaimProgress> written, CancellationToken cancellationToken)
    {
        using var reader = new TarReader(volume);
        // Files that come later change the time of their directory: it is set again at the end.
        await using var directories = files.OpenScratch();
        var repeated = from.Directories;
        var progress = from;
        var parts = 0;
        var next = await reader.NextAsync(cancellationToken);
        while (next is not null)
        {
            var part = progress;
            await contents.WriteAsync(async (stream, token) =>
            {
                var begun = time.GetTimestamp();
                var bytes = 0L;
                await using var output = new BufferedStream(new Undisposed(stream), BufferSize);
                do
                {
                    Check(next);
                    await output.WriteAsync(next.Header, token);
                    if (next.Type == TarEntry.Directory)
                        await directories.WriteAsync(next.Header, token);
                    if (next.Type == TarEntry.Directory && repeated > 0)
                        repeated--;
                    else
                        part = Count(part, next);
                    bytes += await CopyContentAsync(reader, next, output, sofar => arrived(part.Bytes - next.Size + sofar), token);
                    next = await reader.NextAsync(token);
                }
                while (next is not null && bytes < PartBytes && time.GetElapsedTime(begun) < PartTime);
                await output.WriteAsync(Zeros, token);
                await output.FlushAsync(token);
            }, cancellationToken);
            progress = part;
            parts++;
            if (repeated == 0)
                written(progress);
        }

        var end = EndOf(await reader.ReadRestAsync(LargestEnd, cancellationToken));
        if (parts > 1 || from.Entries > 0)
            await WriteAgainAsync(directories, contents, cancellationToken);
        return end;
    }

    private static ClaimProgress Count(ClaimProgress progress, TarEntry entry) => new(
        progress.Entries + 1,
        progress.Directories + (entry.Type == TarEntry.Directory ? 1 : 0),
        progress.Bytes + (entry.Type == TarEntry.RegularFile ? entry.Size : 0));

    private static async Task<long> CopyContentAsync(TarReader reader, TarEntry entry, Stream output, Action<long> arrived, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        while (await reader.ReadContentAsync(cancellationToken) is { IsEmpty: false } part)
        {
            await output.WriteAsync(part, cancellationToken);
            bytes += part.Length;
            arrived(bytes);
        }

        if (entry.Type == TarEntry.RegularFile)
            await output.WriteAsync(Zeros.AsMemory(0, TarReader.PaddingOf(entry.Size)), cancellationToken);
        return bytes;
    }

    private static async Task WriteAgainAsync(FileStream directories, IVolumeContents contents, CancellationToken cancellationToken)
    {
        directories.Position = 0;
        await contents.WriteAsync(async (output, token) =>
        {
            await directories.CopyToAsync(output, BufferSize, token);
            await output.WriteAsync(Zeros, token);
        }, cancellationToken);
    }

    internal static VolumeEnd EndOf(byte[] json)
    {
        try
        {
            return json.Length > 0 ? ApiJson.FromUtf8<VolumeEnd>(json) : throw new EndOfStreamException("the volume was cut before its digest");
        }
        catch (JsonException cut)
        {
            throw new EndOfStreamException("the volume was cut in its digest", cut);
        }
    }

    /// <summary>The engine would keep what it unpacks within the container; and nothing of a volume is anywhere but in its directory.</summary>
    internal static void Check(TarEntry entry)
    {
        var path = entry.PathText;
        if ((path != IVolumeContents.Root && !path.StartsWith(IVolumeContents.Root + "/", StringComparison.Ordinal)) || path.Split('/').Contains(".."))
            throw new InvalidDataException($"an entry of the volume is outside of it: {path}");
    }

    /// <summary>The engine's request is not the buffer's to end.</summary>
    private sealed class Undisposed(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }
}
