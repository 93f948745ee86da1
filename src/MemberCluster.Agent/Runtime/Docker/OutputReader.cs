using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Takes apart what an engine sends as the output of a process.</summary>
/// <remarks>
/// Without a terminal, output comes in frames: one byte for the stream (0 and 1 standard output, 2 standard error, 3 a failure of
/// the engine itself), three zero bytes, the length in 4 bytes big endian, then the bytes. With a terminal it comes as it is.
/// </remarks>
internal static class OutputReader
{
    private const int HeaderLength = 8;
    private const int MaxChunk = 32 * 1024;

    public static IAsyncEnumerable<OutputChunk> ReadAsync(Stream stream, bool tty, EngineCall call, CancellationToken cancellationToken) =>
        tty ? ReadRawAsync(stream, cancellationToken) : ReadFramesAsync(stream, call, cancellationToken);

    private static async IAsyncEnumerable<OutputChunk> ReadRawAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxChunk];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
            yield return new OutputChunk(OutputStream.StandardOutput, buffer.AsSpan(0, read).ToArray());
    }

    private static async IAsyncEnumerable<OutputChunk> ReadFramesAsync(Stream stream, EngineCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        while (await ReadHeaderAsync(stream, header, call, cancellationToken))
        {
            var kind = header[0];
            var left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            if (kind > 3)
                throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine's output stream has no stream {kind}.");
            while (left > 0)
            {
                // Frames have any length; a chunk is bounded, so that one huge frame costs no huge array.
                var chunk = new byte[(int)Math.Min(left, MaxChunk)];
                var read = await stream.ReadAsync(chunk, cancellationToken);
                if (read == 0)
                    throw Truncated(call);
                left -= (uint)read;
                if (kind == 3)
                    throw EngineErrors.FromStream(call, Encoding.UTF8.GetString(chunk.AsSpan(0, read)).Trim());
                yield return new OutputChunk(kind == 2 ? OutputStream.StandardError : OutputStream.StandardOutput, chunk.AsMemory(0, read));
            }
        }
    }

    private static async Task<bool> ReadHeaderAsync(Stream stream, byte[] header, EngineCall call, CancellationToken cancellationToken)
    {
        var read = await stream.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken);
        return read switch
        {
            0 => false,
            HeaderLength => true,
            _ => throw Truncated(call),
        };
    }

    private static RuntimeException Truncated(EngineCall call) =>
        new(RuntimeFailure.EngineUnavailable, $"Cannot {call.What}: the engine's output stream ended in the middle.");
}
