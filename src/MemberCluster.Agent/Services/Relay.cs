using System.Buffers;
using System.Net.Sockets;

namespace MemberCluster.Agent.Services;

/// <summary>Copies bytes between two sockets, each direction on its own, until both ended.</summary>
/// <remarks>
/// The end of one direction is passed on (half-close, RFC 9293 section 3.6) and the other goes on; an error ends both with a reset, so that neither
/// side takes a broken stream for a complete one. A connection that waits holds no buffer.
/// </remarks>
internal static class Relay
{
    private const int BufferSize = 32 * 1024;

    public static async Task RunAsync(Socket client, Socket server)
    {
        var up = CopyAsync(client, server);
        var down = CopyAsync(server, client);
        if (!await await Task.WhenAny(up, down))
        {
            Reset(client);
            Reset(server);
        }

        if (!(await up & await down))
        {
            Reset(client);
            Reset(server);
        }
    }

    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already, which is all that was wanted.
        }
    }

    /// <summary>True when the source ended in order and that was passed on.</summary>
    private static async Task<bool> CopyAsync(Socket source, Socket target)
    {
        try
        {
            while (true)
            {
                // An empty read completes once there is something to read.
                await source.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                if (!await CopyAvailableAsync(source, target))
                {
                    target.Shutdown(SocketShutdown.Send);
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>False at the end of the source.</summary>
    private static async Task<bool> CopyAvailableAsync(Socket source, Socket target)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int received;
            do
            {
                received = await source.ReceiveAsync(buffer, SocketFlags.None);
                if (received == 0)
                    return false;
                for (var sent = 0; sent < received;)
                    sent += await target.SendAsync(buffer.AsMemory(sent, received - sent), SocketFlags.None);
            }
            while (received == buffer.Length);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
