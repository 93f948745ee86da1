using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Federation.Dns.Answering;
using Federation.Dns.Tls;
using Federation.Dns.Transfers;
using Federation.Dns.Wire;

namespace Federation.Dns.Listening;

/// <summary>How connections are served.</summary>
internal sealed record TcpSettings(Responder Responder, QueryCounters Counters, TimeSpan IdleTimeout, int MaxConnections, int MaxQuerySize)
{
    /// <summary>Who gives whole zones; null: nobody does.</summary>
    public TransferServer? Transfers { get; init; }

    /// <summary>What connections are encrypted with; null: they are not.</summary>
    public ServerCertificate? Certificate { get; init; }
}

/// <summary>One client's connection: queries with a two-byte length before each, answered in order, as many at once as it sends (RFC 7766).</summary>
internal sealed class TcpConnection(Socket socket, TcpSettings settings, TimeProvider time)
{
    private const int LengthPrefix = 2;
    private const int LargestResponse = LengthPrefix + ushort.MaxValue;
    private const int OutputSize = 128 * 1024;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Arrival _arrival = new(settings.Certificate is null ? Transport.Tcp : Transport.Tls, socket.RemoteEndPoint is IPEndPoint client ? ClientAddress.From(client.Address) : default);
    private long _lastActive = time.GetTimestamp();

    /// <summary>Completes when nothing of this connection runs any more.</summary>
    public Task Done => _done.Task;

    /// <summary>When the last whole query arrived, or the client took a part of a transfer, as a timestamp of the time provider.</summary>
    public long LastActive => Volatile.Read(ref _lastActive);

    /// <summary>Ends the connection; what is under way on it stops. Safe from any thread, any number of times.</summary>
    public void Close() => socket.Dispose();

    /// <summary>Serves until the client leaves, is idle for too long, or sends what cannot be a query. Network errors end it silently.</summary>
    public async Task ServeAsync(CancellationToken stopping)
    {
        socket.NoDelay = true;
        var input = ArrayPool<byte>.Shared.Rent(LengthPrefix + settings.MaxQuerySize);
        var idle = new CancellationTokenSource(settings.IdleTimeout, time);
        var linked = CancellationTokenSource.CreateLinkedTokenSource(stopping, idle.Token);
        var stream = Stream.Null;
        try
        {
            stream = new NetworkStream(socket);

            // The handshake gets no more time than a query.
            if (settings.Certificate is { } certificate)
                stream = await certificate.AcceptAsync(stream, linked.Token);
            var filled = 0;
            while (true)
            {
                var read = await stream.ReadAsync(input.AsMemory(filled), linked.Token);
                if (read == 0)
                    return;
                filled += read;

                // Who fills the buffer sends faster than it is answered, and nothing here would ever wait: others first, or a few such clients have all threads.
                if (filled == input.Length)
                    await Task.Yield();

                var consumed = await AnswerAllAsync(stream, input.AsMemory(0, filled), idle, linked.Token);
                if (consumed < 0)
                    return;
                if (consumed == 0)
                    continue;

                // Only a whole query earns more time: bytes that trickle in do not.
                Volatile.Write(ref _lastActive, time.GetTimestamp());
                idle.CancelAfter(settings.IdleTimeout);
                input.AsSpan(consumed, filled - consumed).CopyTo(input);
                filled -= consumed;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException or IOException or AuthenticationException)
        {
            // The client or the clock ended it; there is nobody to tell.
        }
        finally
        {
            linked.Dispose();
            idle.Dispose();
            await stream.DisposeAsync();
            socket.Dispose();
            _done.SetResult();
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    /// <summary>Answers every whole query in the input.</summary>
    /// <returns>How many bytes were used; -1: the connection carries something that is no query.</returns>
    private async ValueTask<int> AnswerAllAsync(Stream stream, ReadOnlyMemory<byte> input, CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        var consumed = 0;
        byte[]? output = null;
        try
        {
            var filled = 0;
            while (TryTakeQuery(input.Span[consumed..], out var length))
            {
                output ??= ArrayPool<byte>.Shared.Rent(OutputSize);
                var query = input.Slice(consumed + LengthPrefix, length);
                if (settings.Transfers?.Open(query.Span, _arrival) is { } transfer)
                {
                    filled = await WriteAsync(stream, transfer, output, filled, idle, cancellationToken);
                }
                else
                {
                    var answered = settings.Responder.Answer(query.Span, output.AsSpan(filled + LengthPrefix, ushort.MaxValue), _arrival, settings.Counters);
                    if (answered == 0)
                        return -1;
                    BinaryPrimitives.WriteUInt16BigEndian(output.AsSpan(filled), (ushort)answered);
                    filled += LengthPrefix + answered;
                }

                consumed += LengthPrefix + length;
                if (output.Length - filled < LargestResponse)
                {
                    await stream.WriteAsync(output.AsMemory(0, filled), cancellationToken);
                    filled = 0;
                }
            }

            if (filled > 0)
                await stream.WriteAsync(output.AsMemory(0, filled), cancellationToken);
            return IsTooLong(input.Span[consumed..]) ? -1 : consumed;
        }
        finally
        {
            if (output is not null)
                ArrayPool<byte>.Shared.Return(output);
        }
    }

    /// <summary>Writes the messages of a transfer behind what there is, and sends as the room is used up. A client that takes them is not idle.</summary>
    /// <returns>How many bytes are left to be sent.</returns>
    private async ValueTask<int> WriteAsync(Stream stream, Transfer transfer, byte[] output, int filled, CancellationTokenSource idle, CancellationToken cancellationToken)
    {
        using var ended = transfer;
        while (transfer.HasNext)
        {
            if (output.Length - filled < LargestResponse)
            {
                await stream.WriteAsync(output.AsMemory(0, filled), cancellationToken);
                filled = 0;
                Volatile.Write(ref _lastActive, time.GetTimestamp());
                idle.CancelAfter(settings.IdleTimeout);
            }

            var length = transfer.WriteNext(output.AsSpan(filled + LengthPrefix, ushort.MaxValue));
            BinaryPrimitives.WriteUInt16BigEndian(output.AsSpan(filled), (ushort)length);
            filled += LengthPrefix + length;
        }

        return filled;
    }

    private bool IsTooLong(ReadOnlySpan<byte> input) =>
        input.Length >= LengthPrefix && BinaryPrimitives.ReadUInt16BigEndian(input) > settings.MaxQuerySize;

    private bool TryTakeQuery(ReadOnlySpan<byte> input, out int length)
    {
        length = input.Length < LengthPrefix ? 0 : BinaryPrimitives.ReadUInt16BigEndian(input);
        return input.Length >= LengthPrefix && input.Length - LengthPrefix >= length && !IsTooLong(input);
    }
}
