using System.Net.Security;
using System.Net.Sockets;

namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>One connection, and how to end its writing half while its reading half lives on.</summary>
internal sealed record DockerConnection(Stream Stream, Func<Task> CloseWritingAsync)
{
    public static DockerConnection Plain(Socket socket) => new(new NetworkStream(socket, ownsSocket: true), () =>
    {
        socket.Shutdown(SocketShutdown.Send);
        return Task.CompletedTask;
    });

    public static DockerConnection Secured(SslStream tls) => new(tls, tls.ShutdownAsync);
}
