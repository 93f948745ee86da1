using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;

namespace Federation.Dns.Updates;

/// <summary>The server cannot be spoken with now, or says what makes no sense. The message is a sentence.</summary>
internal sealed class ForeignServerException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>A connection to another server; what is sent and received is signed.</summary>
internal sealed class DnsConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly TsigKey _key;
    private readonly TimeProvider _time;

    private DnsConnection(Socket socket, TsigKey key, TimeProvider time) => (_socket, _stream, _key, _time) = (socket, new NetworkStream(socket), key, time);

    /// <exception cref="ForeignServerException">There is no connection to be had.</exception>
    public static async Task<DnsConnection> OpenAsync(IPEndPoint server, TsigKey key, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await WithinAsync(token => socket.ConnectAsync(server, token).AsTask(), time, cancellationToken);
            return new DnsConnection(socket, key, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message, signed.</summary>
    /// <returns>Checks the signatures of what comes back.</returns>
    /// <exception cref="ForeignServerException">The connection is lost.</exception>
    public async Task<TsigChain> SendAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var chain = TsigChain.ForRequest(_key, _time);
        var signed = chain.SignRequest(message.ToArray());
        byte[] framed = [(byte)(signed.Length >> 8), (byte)signed.Length, .. signed];
        await WithinAsync(token => _stream.WriteAsync(framed, token).AsTask(), _time, cancellationToken);
        return chain;
    }

    /// <summary>The next message, not checked yet.</summary>
    /// <exception cref="ForeignServerException">None comes, or it is not an answer to the one with this id.</exception>
    public async Task<byte[]> ReceiveAsync(ushort id, CancellationToken cancellationToken)
    {
        var length = new byte[2];
        await WithinAsync(token => _stream.ReadExactlyAsync(length, token).AsTask(), _time, cancellationToken);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await WithinAsync(token => _stream.ReadExactlyAsync(message, token).AsTask(), _time, cancellationToken);
        return message.Length >= Header.Length && Header.IsResponse(message) && BinaryPrimitives.ReadUInt16BigEndian(message) == id
            ? message
            : throw new ForeignServerException("The server's answer is not one to what it was asked.");
    }

    /// <summary>Sends a message that has one answer, and returns that; a refusal may be unsigned.</summary>
    /// <exception cref="ForeignServerException">There is no answer, or a good one without a good signature.</exception>
    public async Task<byte[]> AskAsync(OutgoingMessage message, CancellationToken cancellationToken)
    {
        var chain = await SendAsync(message, cancellationToken);
        var answer = await ReceiveAsync(message.Id, cancellationToken);
        return chain.Accepts(answer, isLast: true) || CodeOf(answer) != ResponseCode.NoError
            ? answer
            : throw new ForeignServerException($"The server's answer is not signed with the key {_key.Name} as it should be.");
    }

    public static ResponseCode CodeOf(ReadOnlySpan<byte> message) => (ResponseCode)(message[3] & Header.ResponseCodeBits);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private static async Task WithinAsync(Func<CancellationToken, Task> step, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await step(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ForeignServerException($"The server has not answered for {Patience.TotalSeconds:0} s.");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            throw new ForeignServerException($"The server cannot be reached: {exception.Message}.", exception);
        }
    }
}
