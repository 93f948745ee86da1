using System.Net;
using System.Net.Sockets;

namespace Federation.TestKit.Network;

/// <summary>
/// Ports for servers that must be told one. They lie below those that the kernel gives to connections of its own choice, so that no connection
/// of another test takes one before its server has it.
/// </summary>
public static class Ports
{
    private const int First = 10_000;
    private const int End = 32_768;

    // Processes begin at different places; within a process no port is given twice until all have been.
    private static int s_next = System.Security.Cryptography.RandomNumberGenerator.GetInt32(First, End);

    /// <summary>A port that nobody has, neither for TCP nor for UDP, at this address (default: 127.0.0.1).</summary>
    public static int Free(IPAddress? address = null)
    {
        for (var tries = First; tries < End; tries++)
        {
            var port = First + (Interlocked.Increment(ref s_next) % (End - First));
            var endpoint = new IPEndPoint(address ?? IPAddress.Loopback, port);
            if (IsFree(endpoint, SocketType.Stream, ProtocolType.Tcp) && IsFree(endpoint, SocketType.Dgram, ProtocolType.Udp))
                return port;
        }

        throw new InvalidOperationException($"No port from {First} to {End - 1} is free.");
    }

    public static IPEndPoint FreeEndpoint(IPAddress? address = null) => new(address ?? IPAddress.Loopback, Free(address));

    private static bool IsFree(IPEndPoint endpoint, SocketType type, ProtocolType protocol)
    {
        using var probe = new Socket(endpoint.AddressFamily, type, protocol);
        try
        {
            probe.Bind(endpoint);
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
