using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Federation.Gateway.Spdy;

/// <summary>The serving side of one SPDY/3.1 connection, as far as Kubernetes' clients use it: they open streams, both sides write to them.</summary>
/// <remarks>
/// Those clients neither send nor obey WINDOW_UPDATE, so a side that kept to the protocol's windows would stop for ever after 64 KiB: the connection's own
/// back pressure takes their place, as in Kubernetes' servers.
/// </remarks>
internal sealed class SpdySession(Stream transport) : IAsyncDisposable
{
    /// <summary>At once; more are refused one by one.</summary>
    public const int MostStreams = 1024;

    private const int LargestControl = 64 * 1024;
    private const int LargestData = 32 * 1024;

    private readonly HeaderBlocks _blocks = new();
    private readonly ConcurrentDictionary<int, SpdyStream> _live = new();
    private readonly Channel<SpdyStream> _opened = Channel.CreateUnbounded<SpdyStream>();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _head = new byte[SpdyFrameHead.Size];
    private int _lastStream;

    /// <summary>The streams in the order in which the other side opens them; ends with the connection.</summary>
    public ChannelReader<SpdyStream> Opened => _opened.Reader;

    /// <summary>Serves until the other side ends the connection.</summary>
    /// <exception cref="IOException">The connection broke, or the other side does not keep to the protocol (<see cref="SpdyException"/>).</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadHeadAsync(cancellationToken) is { } head)
            {
                if (head.Type is { } type)
                    await TakeControlAsync(type, head, await ReadControlAsync(head, cancellationToken), cancellationToken);
                else
                    await TakeDataAsync(head, cancellationToken);
            }
        }
        finally
        {
            _opened.Writer.TryComplete();
            foreach (var stream in _live.Values)
                stream.Abort(new IOException("the connection is gone"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transport.DisposeAsync();
        _writing.Dispose();
    }

    internal async Task WriteAsync(SpdyStream stream, ReadOnlyMemory<byte> data, bool isFin, CancellationToken cancellationToken)
    {
        do
        {
            var part = data[..Math.Min(data.Length, LargestData)];
            data = data[part.Length..];
            var frame = ArrayPool<byte>.Shared.Rent(SpdyFrameHead.Size + part.Length);
            try
            {
                SpdyFrameHead.WriteData(frame, stream.Id, part.Length, isFin && data.IsEmpty);
                part.CopyTo(frame.AsMemory(SpdyFrameHead.Size));
                if (stream.IsOutputDone)
                    throw new IOException("the stream has ended");
                await SendAsync(frame.AsMemory(0, SpdyFrameHead.Size + part.Length), cancellationToken);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(frame);
            }
        }
        while (!data.IsEmpty);

        if (!isFin)
            return;
        stream.IsOutputDone = true;
        Forget(stream);
    }

    internal async Task ResetAsync(SpdyStream stream, SpdyResetCode code, CancellationToken cancellationToken)
    {
        if (!_live.TryRemove(stream.Id, out _))
            return;
        stream.Abandon();
        await SendAsync(SpdyFrameHead.Control(SpdyFrameType.RstStream, stream.Id, (int)code), cancellationToken);
    }

    private void Forget(SpdyStream stream)
    {
        if (stream.IsDone)
            _live.TryRemove(stream.Id, out _);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await transport.WriteAsync(frame, cancellationToken);
            await transport.FlushAsync(cancellationToken);
        }
        catch (Exception broken) when (broken is ObjectDisposedException or InvalidOperationException or System.Net.WebSockets.WebSocketException)
        {
            throw new IOException("the connection is gone", broken);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Null: the connection has ended.</summary>
    private async ValueTask<SpdyFrameHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var read = await transport.ReadAtLeastAsync(_head, SpdyFrameHead.Size, throwOnEndOfStream: false, cancellationToken);
        return read < SpdyFrameHead.Size ? null : SpdyFrameHead.Parse(_head);
    }

    private async ValueTask<byte[]> ReadControlAsync(SpdyFrameHead head, CancellationToken cancellationToken)
    {
        if (head.Length > LargestControl)
            throw new SpdyException($"a control frame has {head.Length} bytes");
        var payload = new byte[head.Length];
        await transport.ReadExactlyAsync(payload, cancellationToken);
        return payload;
    }

    private Task TakeControlAsync(SpdyFrameType type, SpdyFrameHead head, byte[] payload, CancellationToken cancellationToken)
    {
        switch (type)
        {
            case SpdyFrameType.SynStream:
                return OpenAsync(WordOf(payload), _blocks.Read(After(payload, 10)), head.IsFin, cancellationToken);
            case SpdyFrameType.SynReply or SpdyFrameType.Headers:
                // They say nothing new here, but belong to the one compressed stream of headers.
                _blocks.Read(After(payload, 4));
                return Task.CompletedTask;
            case SpdyFrameType.RstStream when _live.TryRemove(WordOf(payload), out var stream):
                stream.Abort(new IOException("the stream was reset"));
                return Task.CompletedTask;
            case SpdyFrameType.Ping when WordOf(payload) % 2 == 1:
                return SendAsync(SpdyFrameHead.Control(SpdyFrameType.Ping, WordOf(payload)), cancellationToken);
            default:
                return Task.CompletedTask;
        }
    }

    private async Task OpenAsync(int id, IReadOnlyDictionary<string, string> headers, bool isFin, CancellationToken cancellationToken)
    {
        if (id % 2 == 0 || id <= _lastStream)
            throw new SpdyException($"stream {id} cannot be opened after {_lastStream}");
        _lastStream = id;
        if (_live.Count >= MostStreams)
        {
            await SendAsync(SpdyFrameHead.Control(SpdyFrameType.RstStream, id, (int)SpdyResetCode.RefusedStream), cancellationToken);
            return;
        }

        var stream = new SpdyStream(this, id, headers);
        _live[id] = stream;
        if (isFin)
            stream.EndInput();
        await SendAsync(SpdyFrameHead.Control(SpdyFrameType.SynReply, [id], _blocks.Write()), cancellationToken);
        _opened.Writer.TryWrite(stream);
    }

    private async Task TakeDataAsync(SpdyFrameHead head, CancellationToken cancellationToken)
    {
        var stream = _live.GetValueOrDefault(head.Stream);
        if (stream is { IsInputDone: true })
            stream = null;
        for (var left = head.Length; left > 0;)
        {
            // Straight into the stream's buffer; what nobody reads any more is read over.
            var buffer = stream is null ? new byte[Math.Min(left, LargestData)] : stream.Arriving.GetMemory(1);
            var read = await transport.ReadAsync(buffer[..Math.Min(left, buffer.Length)], cancellationToken);
            if (read == 0)
                throw new IOException("the connection ended within a frame");
            left -= read;
            if (stream is null)
                continue;
            stream.Arriving.Advance(read);
            if ((await stream.Arriving.FlushAsync(cancellationToken)).IsCompleted)
                stream = null;
        }

        if (head.IsFin && _live.TryGetValue(head.Stream, out var ended) && !ended.IsInputDone)
        {
            ended.EndInput();
            Forget(ended);
        }
    }

    private static int WordOf(ReadOnlySpan<byte> payload) =>
        payload.Length < sizeof(int) ? throw new SpdyException("a control frame is too short") : (int)(BinaryPrimitives.ReadUInt32BigEndian(payload) & 0x7FFFFFFF);

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> payload, int count) =>
        payload.Length < count ? throw new SpdyException("a control frame is too short") : payload[count..];
}
