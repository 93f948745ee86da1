using System.Net;
using System.Net.Sockets;

namespace Federation.Cli.Local;

/// <summary>Checks what <c>fed up</c> needs before it starts anything, and says in a sentence what is missing.</summary>
internal static class Preflight
{
    /// <exception cref="CliException">A port is taken or an address is not this machine's.</exception>
    public static void CheckPorts(IPEndPoint gateway, IPEndPoint dns)
    {
        CheckTcp(gateway, "the gateway", "--gateway");
        CheckTcp(dns, "the name server", "--dns");
        CheckUdp(dns, "the name server", "--dns");
    }

    public static void CheckExposedPort(IPEndPoint endpoint, string region) => CheckTcp(endpoint, $"the sample app in {region}", "--region");

    public static IPEndPoint ParseEndpoint(string text, string option) =>
        IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port != 0
            ? endpoint
            : throw new CliException($"{option}: '{text}' is not an address and port such as 127.0.0.1:8443.");

    private static void CheckTcp(IPEndPoint endpoint, string what, string option)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        Bind(socket, endpoint, what, option, "TCP");
    }

    private static void CheckUdp(IPEndPoint endpoint, string what, string option)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        Bind(socket, endpoint, what, option, "UDP");
    }

    private static void Bind(Socket socket, IPEndPoint endpoint, string what, string option, string protocol)
    {
        try
        {
            socket.Bind(endpoint);
            if (socket.SocketType == SocketType.Stream)
                socket.Listen();
        }
        catch (SocketException error)
        {
            throw new CliException(error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"{protocol} port {endpoint.Port} on {endpoint.Address} is in use by another program; {what} needs it. Choose another with {option}.",
                SocketError.AccessDenied => $"No permission to listen on {protocol} port {endpoint.Port}; {what} needs it. Choose a port above 1023 with {option}.",
                SocketError.AddressNotAvailable => $"{endpoint.Address} is not an address of this machine; {what} needs it. Choose another with {option}.",
                _ => $"{what} cannot listen on {endpoint} ({protocol}): {error.Message}.",
            });
        }
    }
}
