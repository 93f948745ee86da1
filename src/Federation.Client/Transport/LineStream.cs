using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Federation.Client.Transport;

/// <summary>Reads newline-delimited JSON from an answer as it comes.</summary>
internal static class LineStream
{
    /// <summary>Longer than the largest object and its wrapping.</summary>
    private const int LineLimit = 16 * 1024 * 1024;

    /// <summary>The non-empty lines, until the other side ends the answer.</summary>
    /// <param name="silenceLimit">Nothing at all for so long counts as a broken connection (<see cref="TimeoutException"/>).</param>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async IAsyncEnumerable<byte[]> ReadLinesAsync(
        this HttpResponseMessage response, TimeSpan silenceLimit, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var reader = PipeReader.Create(stream);
        try
        {
            while (true)
            {
                var read = await ReadAsync(reader, silenceLimit, time, cancellationToken);
                var buffer = read.Buffer;
                while (TryTakeLine(ref buffer, out var line))
                {
                    if (line.Length > 0)
                        yield return line;
                }

                if (read.IsCompleted)
                    yield break;
                if (buffer.Length > LineLimit)
                    throw new IOException($"a line is longer than {LineLimit} bytes");
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader, TimeSpan silenceLimit, TimeProvider time, CancellationToken cancellationToken)
    {
        var pending = reader.ReadAsync(cancellationToken);
        if (pending.IsCompleted)
            return await pending;
        // A timeout leaves the read behind; the answer is disposed then, which ends it.
        return await pending.AsTask().WaitAsync(silenceLimit, time, cancellationToken);
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> buffer, out byte[] line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = [];
            return false;
        }

        line = buffer.Slice(0, end).ToArray();
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }
}
