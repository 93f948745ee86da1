using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MemberCluster.Agent.Names;

/// <summary>Passes questions on, to one server after the other until one answers.</summary>
internal sealed class Forwarder(TimeProvider time)
{
    /// <summary>Less than a container waits before it asks again.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private const int HeaderLength = 12;
    private const int LargestDatagram = 4096;

    /// <summary>Null: no server has answered.</summary>
    public async Task<byte[]?> AskAsync(ReadOnlyMemory<byte> query, bool isTcp, ImmutableArray<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        foreach (var server in servers)
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return await (isTcp ? AskTcpAsync(query, server, either.Token) : AskUdpAsync(query, server, either.Token));
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return null;
    }

    private static async Task<byte[]> AskUdpAsync(ReadOnlyMemory<byte> query, IPEndPoint server, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellationToken);
        // A number of our own, beside the port that the kernel chooses: neither can be guessed by who asks us.
        var sent = query.ToArray();
        var number = RandomNumberGenerator.GetBytes(2);
        number.CopyTo(sent, 0);
        await socket.SendAsync(sent, SocketFlags.None, cancellationToken);
        var buffer = new byte[LargestDatagram];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
            if (received < HeaderLength || !buffer.AsSpan(0, 2).SequenceEqual(number))
                continue;
            query[..2].CopyTo(buffer);
            return buffer[..received];
        }
    }

    private static async Task<byte[]> AskTcpAsync(ReadOnlyMemory<byte> query, IPEndPoint server, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellationToken);
        await using var stream = new NetworkStream(socket);
        await WriteAsync(stream, query, cancellationToken);
        return await ReadAsync(stream, cancellationToken) ?? throw new IOException("The server hung up.");
    }

    /// <summary>A message over TCP (RFC 1035 section 4.2.2). Null: the stream has ended.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[2];
        if (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, cancellationToken) < 2)
            return null;
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        return await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, cancellationToken) < message.Length ? null : message;
    }

    public static async Task WriteAsync(Stream stream, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var whole = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(whole, (ushort)message.Length);
        message.CopyTo(whole.AsMemory(2));
        await stream.WriteAsync(whole, cancellationToken);
    }
}
