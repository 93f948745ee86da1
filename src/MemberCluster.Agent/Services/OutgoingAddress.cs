using System.Net;
using System.Net.Sockets;

namespace MemberCluster.Agent.Services;

/// <summary>What goes to another node comes from the address that this node serves: by that the other one knows it.</summary>
internal static class OutgoingAddress
{
    private const int InternetLevel = 0;   // SOL_IP
    private const int BindAddressNoPort = 24;   // IP_BIND_ADDRESS_NO_PORT: the port is chosen at connect, so many connections may share it

    /// <exception cref="SocketException">The machine does not have the address (any more).</exception>
    public static void Use(Socket socket, IPAddress own, IPEndPoint target)
    {
        if (own.AddressFamily != target.AddressFamily || own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any))
            return;
        socket.SetRawSocketOption(InternetLevel, BindAddressNoPort, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(own, 0));
    }
}
