using System.Net;
using System.Net.Sockets;
using Federation.Api.Streams;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Streams;

/// <summary>Connections to ports of pods.</summary>
internal sealed class PortSource(IContainers containers, TimeProvider time)
{
    private static readonly TimeSpan ConnectAtMost = TimeSpan.FromSeconds(5);

    /// <summary>On the pod's address; where nobody listens there, on the pod's own loopback, which Kubernetes' port-forward reaches, too.</summary>
    /// <exception cref="IOException">Nobody listens. The message says where.</exception>
    public async Task<IStreamContent> ConnectAsync(StreamTarget target, int port, CancellationToken cancellationToken)
    {
        if (port is < 1 or > 65535)
            throw new IOException($"{port} is not a port");
        if (!IPAddress.TryParse(target.Address, out var address))
            throw new IOException($"failed to connect to port {port}: the pod has no address");
        using var timer = new CancellationTokenSource(ConnectAtMost, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        var socket = NewSocket(address.AddressFamily);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), linked.Token);
            return new Connection(socket);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            socket.Dispose();
            return await WithinAsync(target.Container, port, linked.Token) is { } inside
                ? new Connection(inside)
                : throw new IOException($"failed to connect to {address}:{port}: connection refused", refused);
        }
        catch (Exception failed) when (failed is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new IOException($"failed to connect to {address}:{port}: {(failed is SocketException ? failed.Message : "timed out")}", failed);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Null: nobody listens there either, or this agent may not look.</summary>
    private async Task<Socket?> WithinAsync(string container, int port, CancellationToken cancellationToken)
    {
        if ((await containers.InspectAsync(container, cancellationToken)).Pid is not { } pid || NetworkNamespace.NewSocketIn(pid) is not { } socket)
            return null;
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket(AddressFamily family) => new(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private sealed class Connection(Socket socket) : IStreamContent
    {
        private const int BufferSize = StreamTunnel.LargestData;

        /// <summary>Each direction ends by itself, as in TCP.</summary>
        public async Task CopyAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var outward = SendAsync(tunnel, ending.Token);
            var inward = ReceiveAsync(tunnel, ending.Token);
            // When one breaks, the other has nothing left to do.
            var first = await Task.WhenAny(outward, inward);
            if (!first.IsCompletedSuccessfully)
                await ending.CancelAsync();
            await Task.WhenAll(outward, inward);
        }

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task SendAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            var buffer = new byte[BufferSize];
            try
            {
                int read;
                while ((read = await socket.ReceiveAsync(buffer, cancellationToken)) > 0)
                    await tunnel.WriteAsync(StreamChannel.Output, buffer.AsMemory(0, read), cancellationToken);
                await tunnel.EndAsync(StreamChannel.Output, cancellationToken);
            }
            catch (SocketException broken)
            {
                throw new IOException(broken.Message, broken);
            }
        }

        private async Task ReceiveAsync(StreamTunnel tunnel, CancellationToken cancellationToken)
        {
            try
            {
                while (await tunnel.ReadAsync(cancellationToken) is { IsEnd: false } frame)
                {
                    for (var data = frame.Data; !data.IsEmpty;)
                        data = data[await socket.SendAsync(data, cancellationToken)..];
                }

                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException broken)
            {
                throw new IOException(broken.Message, broken);
            }
        }
    }
}
