using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Streams;

namespace MemberCluster.Agent.Volumes;

/// <summary>Passes on what the engine reads of a volume, and computes its digest on the way.</summary>
internal static class VolumeRelay
{
    /// <summary>After so many bytes that were left out, a sign that there is somebody.</summary>
    private const long SignAfter = 64L * 1024 * 1024;

    private static readonly byte[] Zeros = new byte[2 * TarReader.Block];

    /// <summary>A header that concerns no entry: readers pass over it.</summary>
    private static readonly byte[] Sign = NewSign();

    /// <param name="tar">The engine's.</param>
    /// <param name="skip">Entries whose contents are left out, see <see cref="VolumeRequest.Skip"/>.</param>
    /// <param name="write">Where to.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task CopyAsync(Stream tar, long skip, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        var output = new Gathering(write);
        var end = await PassAsync(tar, skip, output, _ => { }, cancellationToken);
        await output.WriteAsync(ApiJson.ToUtf8(end), cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    /// <summary>From one engine's tar to another one's, all of it.</summary>
    /// <param name="tar">The engine's.</param>
    /// <param name="output">Gets a tar of the same.</param>
    /// <param name="copied">Told the bytes of files that have been passed on.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What was passed on.</returns>
    public static async Task<VolumeEnd> CopyAsync(Stream tar, Stream output, Action<long> copied, CancellationToken cancellationToken)
    {
        var gathering = new Gathering(output.WriteAsync);
        var end = await PassAsync(tar, skip: 0, gathering, copied, cancellationToken);
        await gathering.FlushAsync(cancellationToken);
        return end;
    }

    private static async Task<VolumeEnd> PassAsync(Stream tar, long skip, Gathering output, Action<long> copied, CancellationToken cancellationToken)
    {
        using var digest = new VolumeDigest();
        using var reader = new TarReader(tar);
        var bytes = 0L;
        var silent = 0L;
        for (var i = 0L; await reader.NextAsync(cancellationToken) is { } entry; i++)
        {
            digest.Add(entry);
            var isSent = i >= skip || entry.Type == TarEntry.Directory;
            if (isSent)
                await output.WriteAsync(entry.Header, cancellationToken);
            while (await reader.ReadContentAsync(cancellationToken) is { IsEmpty: false } part)
            {
                digest.AddContent(part.Span);
                bytes += part.Length;
                copied(bytes);
                if (isSent)
                    await output.WriteAsync(part, cancellationToken);
                else
                    silent += part.Length;
            }

            if (isSent && entry.Type == TarEntry.RegularFile && TarReader.PaddingOf(entry.Size) is > 0 and var padding)
                await output.WriteAsync(Zeros.AsMemory(0, padding), cancellationToken);
            if (silent < SignAfter)
                continue;
            silent = 0;
            await output.WriteAsync(Sign, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        await output.WriteAsync(Zeros, cancellationToken);
        return digest.Finish();
    }

    /// <summary>Small files are many: what is passed on is as large as a frame carries.</summary>
    private sealed class Gathering(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write)
    {
        private readonly byte[] _buffer = new byte[StreamTunnel.LargestData];
        private int _length;

        public async ValueTask WriteAsync(ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
        {
            while (!part.IsEmpty)
            {
                if (_length == 0 && part.Length >= _buffer.Length)
                {
                    await write(part[.._buffer.Length], cancellationToken);
                    part = part[_buffer.Length..];
                    continue;
                }

                var taken = Math.Min(part.Length, _buffer.Length - _length);
                part[..taken].CopyTo(_buffer.AsMemory(_length));
                (part, _length) = (part[taken..], _length + taken);
                if (_length == _buffer.Length)
                    await FlushAsync(cancellationToken);
            }
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            await write(_buffer.AsMemory(0, _length), cancellationToken);
            _length = 0;
        }
    }

    private static byte[] NewSign()
    {
        var block = new byte[TarReader.Block];
        "sign"u8.CopyTo(block);
        "00000000000"u8.CopyTo(block.AsSpan(124));
        block[156] = (byte)'g';
        "ustar\00"u8.CopyTo(block.AsSpan(257));
        var sum = (8 * ' ') + block.Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block.AsSpan(148));
        return block;
    }
}
