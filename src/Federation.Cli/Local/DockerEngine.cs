using System.Net.Sockets;

namespace Federation.Cli.Local;

/// <summary>Asks the Docker Engine whether it is there. All that the agents need of it is theirs.</summary>
internal static class DockerEngine
{
    private const string DefaultSocket = "/var/run/docker.sock";

    /// <summary>An engine that is there and busy answers late; one that is not there refuses at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="address">As for the agent's <c>--docker</c>: <c>unix:///var/run/docker.sock</c> or empty; a TCP address is left to the agents to check.</param>
    /// <exception cref="CliException">No engine answers, or this user may not talk to it.</exception>
    public static async Task CheckAsync(string address, CancellationToken cancellationToken)
    {
        var configured = address.Length > 0 ? address : Environment.GetEnvironmentVariable("DOCKER_HOST") ?? "";
        if (configured.Length > 0 && !configured.StartsWith("unix://", StringComparison.Ordinal))
            return;
        var path = configured.Length > 0 ? configured["unix://".Length..] : DefaultSocket;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(new Uri("http://docker/_ping"), cancellationToken);
            response.EnsureSuccessStatusCode();
        }
        catch (HttpRequestException error) when (error.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw new CliException($"No permission to use the Docker Engine at {path}. Add yourself to the docker group ('sudo usermod -aG docker $USER', then log in again) or run as root.");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CliException($"The Docker Engine at {path} did not answer within {Patience.TotalSeconds:0} s. Is it stuck? ('systemctl status docker')");
        }
        catch (HttpRequestException)
        {
            throw new CliException($"No Docker Engine answers at {path}. Install it ('apt-get install docker.io') or start it ('systemctl start docker').");
        }
    }
}
