using System.Buffers;
using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace Federation.Api.Streams;

/// <summary>One stream between gateway and agent: channels in both directions over a WebSocket that the agent dialled. Both ends use this class.</summary>
/// <remarks>
/// <para>Each message is a frame: one byte for the channel, then at most <see cref="LargestData"/> bytes.</para>
/// <para>A side may have <see cref="Window"/> bytes under way, or more if the other end says so (<see cref="WidenAsync"/>); the other gives credit as it uses them up (<see cref="StreamChannel.Credit"/>). So a reader that stands
/// still stops its writer, memory is bounded, and the connection itself is always read: pings, credit and the end come through at any time, and
/// <see cref="Ended"/> is told also to those who are busy elsewhere.</para>
/// <para>Every stream has a connection of its own: what stands still in one cannot hold up works, reports or other streams.</para>
/// <para>One reader; any number of writers.</para>
/// </remarks>
public sealed class StreamTunnel : IAsyncDisposable
{
    /// <summary>In bytes, for each direction, at first.</summary>
    public const int Window = 256 * 1024;

    /// <summary>In bytes: no end takes more.</summary>
    public const int LargestWindow = 8 * 1024 * 1024;

    /// <summary>Of one frame; longer data is cut.</summary>
    public const int LargestData = (32 * 1024) - 1;

    // A frame costs its keeping, too: a window of single bytes would be half a million objects.
    private const int LeastCost = 512;

    private readonly WebSocket _socket;
    private readonly StreamCredit _credit = new(Window);
    private readonly SemaphoreSlim _order = new(1, 1);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private readonly Channel<Arrival> _arrivals = Channel.CreateUnbounded<Arrival>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Task _receiving;
    private Arrival? _current;
    private int _window = Window;
    private int _waiting;
    private int _used;
    private int _isDisposed;

    /// <param name="socket">Connected; the tunnel's from now on.</param>
    public StreamTunnel(WebSocket socket)
    {
        _socket = socket ?? throw new ArgumentNullException(nameof(socket));
        _receiving = ReceiveAsync();
    }

    /// <summary>Cancelled when the other end has closed or is gone, even while nobody reads.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>The next frame; null when the other end closed in good order.</summary>
    /// <exception cref="StreamEndedException">The connection broke.</exception>
    public async ValueTask<StreamFrame?> ReadAsync(CancellationToken cancellationToken)
    {
        await ReleaseAsync();
        while (await _arrivals.Reader.WaitToReadAsync(cancellationToken))
        {
            if (!_arrivals.Reader.TryRead(out var arrival))
                continue;
            _current = arrival;
            return arrival.Channel == StreamChannel.End
                ? new StreamFrame((StreamChannel)arrival.Data.Span[0], default, IsEnd: true)
                : new StreamFrame(arrival.Channel, arrival.Data);
        }

        return null;
    }

    /// <summary>Sends, as soon as the other end has room.</summary>
    /// <exception cref="StreamEndedException">The other end is gone.</exception>
    public async ValueTask WriteAsync(StreamChannel channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        // Held while credit is awaited: frames keep the order in which they were written.
        await _order.WaitAsync(cancellationToken);
        try
        {
            while (!data.IsEmpty)
            {
                var part = data[..Math.Min(data.Length, LargestData)];
                data = data[part.Length..];
                await _credit.TakeAsync(CostOf(part.Length), cancellationToken);
                await SendAsync(channel, part);
            }
        }
        finally
        {
            _order.Release();
        }
    }

    /// <summary>Lets the other end have more under way, for a lot of data over a far link: a round trip moves one window. It takes so much memory here when what is read is passed on slowly.</summary>
    /// <param name="window">In bytes, from the window that there is to <see cref="LargestWindow"/>.</param>
    /// <exception cref="StreamEndedException">The other end is gone.</exception>
    public async Task WidenAsync(int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, _window);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, LargestWindow);
        Volatile.Write(ref _window, window);
        await SendNumberAsync(StreamChannel.Window, window);
    }

    /// <summary>Says that nothing more comes on a channel.</summary>
    /// <exception cref="StreamEndedException">The other end is gone.</exception>
    public ValueTask EndAsync(StreamChannel channel, CancellationToken cancellationToken) =>
        WriteAsync(StreamChannel.End, new[] { (byte)channel }, cancellationToken);

    /// <summary>Ends the stream after everything that was written, and waits until the other end has it.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await _order.WaitAsync(cancellationToken);
        try
        {
            await CloseOutputAsync();
        }
        finally
        {
            _order.Release();
        }

        await _receiving.WaitAsync(cancellationToken);
    }

    /// <summary>Breaks the connection unless both ends have closed it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        _socket.Abort();
        await _receiving;
        _socket.Dispose();
        _ended.Dispose();
    }

    private static int CostOf(int length) => Math.Max(length, LeastCost);

    private async ValueTask ReleaseAsync()
    {
        if (_current is not { } done)
            return;
        _current = null;
        var cost = CostOf(done.Data.Length);
        ArrayPool<byte>.Shared.Return(done.Buffer);
        Interlocked.Add(ref _waiting, -cost);
        _used += cost;
        // In halves: neither a message for each frame, nor a writer that waits for the last one.
        if (_used < Window / 2)
            return;
        var amount = _used;
        _used = 0;
        try
        {
            await SendNumberAsync(StreamChannel.Credit, amount);
        }
        catch (StreamEndedException)
        {
            // What has arrived can still be read.
        }
    }

    private Task SendNumberAsync(StreamChannel channel, int number)
    {
        var bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return SendAsync(channel, bytes);
    }

    private async Task SendAsync(StreamChannel channel, ReadOnlyMemory<byte> data)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        buffer[0] = (byte)channel;
        data.CopyTo(buffer.AsMemory(1));
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            // Without the caller's token: half a message would break the stream for everybody.
            await _socket.SendAsync(buffer.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            throw new StreamEndedException("the other end of the stream is gone", broken);
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task CloseOutputAsync()
    {
        await _sending.WaitAsync(CancellationToken.None);
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, CancellationToken.None);
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            // Closed all the same.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        Exception? problem = null;
        var buffer = ArrayPool<byte>.Shared.Rent(LargestData + 1);
        try
        {
            while (await ReceiveFrameAsync(buffer) is { } arrival)
                Take(arrival);
            await CloseOutputAsync();
        }
        catch (Exception broken) when (IsBroken(broken) || broken is StreamEndedException)
        {
            problem = broken as StreamEndedException ?? new StreamEndedException("the other end of the stream is gone", broken);
            _socket.Abort();
        }

        ArrayPool<byte>.Shared.Return(buffer);
        _credit.End();
        _arrivals.Writer.TryComplete(problem);
        await _ended.CancelAsync();
    }

    /// <summary>Null: the other end has closed.</summary>
    private async ValueTask<Arrival?> ReceiveFrameAsync(byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer.AsMemory(length, LargestData + 1 - length), CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            length += part.Count;
            if (part.EndOfMessage)
                break;
            if (length > LargestData)
                throw new StreamEndedException("the other end of the stream sends frames that are too long");
        }

        if (length < 2)
            throw new StreamEndedException("the other end of the stream sends frames that carry nothing");
        // A frame that waits takes what it needs: a window of short lines, each in a buffer for the longest frame, would be sixty windows.
        var own = ArrayPool<byte>.Shared.Rent(length);
        buffer.AsSpan(0, length).CopyTo(own);
        return new Arrival(own, length);
    }

    private void Take(Arrival arrival)
    {
        if (arrival.Channel is StreamChannel.Credit or StreamChannel.Window)
        {
            TakeNumber(arrival.Channel, arrival.Data.Span);
            ArrayPool<byte>.Shared.Return(arrival.Buffer);
            return;
        }

        if (Interlocked.Add(ref _waiting, CostOf(arrival.Data.Length)) > Volatile.Read(ref _window))
            throw new StreamEndedException("the other end of the stream sends more than it may");
        _arrivals.Writer.TryWrite(arrival);
    }

    private void TakeNumber(StreamChannel channel, ReadOnlySpan<byte> data)
    {
        var number = data.Length == sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(data) : 0;
        if (channel == StreamChannel.Credit && !_credit.Give(number))
            throw new StreamEndedException("the other end of the stream gives credit for what was not sent");
        if (channel == StreamChannel.Window && (number > LargestWindow || !_credit.Widen(number)))
            throw new StreamEndedException("the other end of the stream asks for a window that there is not");
    }

    private static bool IsBroken(Exception exception) =>
        exception is WebSocketException or IOException or InvalidOperationException or OperationCanceledException;

    private readonly record struct Arrival(byte[] Buffer, int Length)
    {
        public StreamChannel Channel => (StreamChannel)Buffer[0];

        public ReadOnlyMemory<byte> Data => Buffer.AsMemory(1, Length - 1);
    }
}
