using System.Buffers;
using System.Net.WebSockets;
using Federation.Api.Json;
using Federation.Api.Meta;
using Federation.Api.Streams;

namespace Federation.Gateway.Streams;

/// <summary>The protocols <c>v5.channel.k8s.io</c> and <c>v4.channel.k8s.io</c>: the first byte of a message is its channel. v5 adds the end of standard input (255, 0).</summary>
internal sealed class WebSocketClient(WebSocket socket) : IRemoteClient
{
    private const int BufferSize = 32 * 1024;
    private const int LargestResize = 1024;

    private readonly SemaphoreSlim _sending = new(1, 1);

    public async Task CopyInputAsync(TunnelInput input, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        var resize = new ArrayBufferWriter<byte>();
        // The channel of the message under way; null between messages.
        byte? channel = null;
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                ReadOnlyMemory<byte> data = buffer.AsMemory(0, part.Count);
                if (channel is null && !data.IsEmpty)
                {
                    channel = data.Span[0];
                    data = data[1..];
                }

                await TakeAsync(input, channel, data, part.EndOfMessage, resize, cancellationToken);
                if (part.EndOfMessage)
                    channel = null;
            }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException or InvalidOperationException or OperationCanceledException)
        {
            // No difference to one that says goodbye.
        }
    }

    public async Task WriteAsync(StreamChannel channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var message = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        message[0] = (byte)channel;
        data.CopyTo(message.AsMemory(1));
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(message.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (Exception gone) when (gone is WebSocketException or InvalidOperationException)
        {
            throw new IOException("the client is gone", gone);
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    public async Task EndAsync(Status result, CancellationToken cancellationToken)
    {
        await WriteAsync(StreamChannel.Result, ApiJson.ToUtf8(result), cancellationToken);
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, cancellationToken);
        }
        catch (Exception gone) when (gone is WebSocketException or InvalidOperationException)
        {
            throw new IOException("the client is gone", gone);
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Abort();
        socket.Dispose();
        _sending.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task TakeAsync(
        TunnelInput input, byte? channel, ReadOnlyMemory<byte> data, bool isEnd, ArrayBufferWriter<byte> resize, CancellationToken cancellationToken)
    {
        switch (channel)
        {
            case (byte)StreamChannel.Input:
                await input.WriteAsync(data, cancellationToken);
                break;
            case (byte)StreamChannel.Resize when resize.WrittenCount + data.Length <= LargestResize:
                resize.Write(data.Span);
                if (!isEnd)
                    break;
                await input.ResizeAsync(resize.WrittenMemory, cancellationToken);
                resize.Clear();
                break;
            case (byte)StreamChannel.End when data.Length > 0 && data.Span[0] == (byte)StreamChannel.Input:
                await input.EndAsync(cancellationToken);
                break;
        }
    }
}
