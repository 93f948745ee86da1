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

    /// <summary>Programs print lines, and each is a frame: what has arrived together comes as one chunk, and nothing waits for more.</summary>
    private static async IAsyncEnumerable<OutputChunk> ReadFramesAsync(Stream stream, EngineCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var frames = new FrameReader();
        var parts = new List<FramePart>();
        var buffer = new byte[MaxChunk];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            var data = new byte[read];
            parts.Clear();
            frames.Take(buffer.AsSpan(0, read), data, parts);
            foreach (var (kind, start, length) in parts)
            {
                if (kind > 3)
                    throw new RuntimeException(RuntimeFailure.EngineFault, $"Cannot {call.What}: the engine's output stream has no stream {kind}.");
                if (kind == 3)
                    throw EngineErrors.FromStream(call, Encoding.UTF8.GetString(data.AsSpan(start, length)).Trim());
                yield return new OutputChunk(kind == 2 ? OutputStream.StandardError : OutputStream.StandardOutput, data.AsMemory(start, length));
            }
        }

        if (frames.IsInTheMiddle)
            throw new RuntimeException(RuntimeFailure.EngineUnavailable, $"Cannot {call.What}: the engine's output stream ended in the middle.");
    }

    /// <summary>Some of the output of one stream.</summary>
    private readonly record struct FramePart(byte Kind, int Start, int Length);

    /// <summary>Takes off the headers, wherever the bytes are cut.</summary>
    private sealed class FrameReader
    {
        private readonly byte[] _header = new byte[HeaderLength];
        private int _headerLength;
        private uint _left;

        public bool IsInTheMiddle => _left > 0 || _headerLength > 0;

        /// <param name="input">What came next.</param>
        /// <param name="output">Gets what is in the frames; as long as the input.</param>
        /// <param name="parts">Gets which of it belongs to which stream. A stream that there is none of ends them.</param>
        public void Take(ReadOnlySpan<byte> input, Span<byte> output, List<FramePart> parts)
        {
            var written = 0;
            while (!input.IsEmpty)
            {
                if (_left == 0)
                {
                    var part = Math.Min(HeaderLength - _headerLength, input.Length);
                    input[..part].CopyTo(_header.AsSpan(_headerLength));
                    _headerLength += part;
                    input = input[part..];
                    if (_headerLength < HeaderLength)
                        return;
                    _headerLength = 0;
                    _left = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4));
                    if (_header[0] <= 3)
                        continue;
                    parts.Add(new FramePart(_header[0], 0, 0));
                    return;
                }

                var length = (int)Math.Min(_left, input.Length);
                input[..length].CopyTo(output[written..]);
                Add(parts, new FramePart(_header[0], written, length));
                written += length;
                _left -= (uint)length;
                input = input[length..];
            }
        }

        private static void Add(List<FramePart> parts, FramePart part)
        {
            if (parts.Count > 0 && parts[^1] is { } last && last.Kind == part.Kind)
                parts[^1] = last with { Length = last.Length + part.Length };
            else
                parts.Add(part);
        }
    }
}
