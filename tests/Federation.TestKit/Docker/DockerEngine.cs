using System.Net.Sockets;

namespace Federation.TestKit.Docker;

/// <summary>The Docker Engine of this test process: one of its own where root allows it, else the machine's.</summary>
/// <param name="Host">As DOCKER_HOST.</param>
/// <param name="IsOwn">Started for the tests; it ends with the process.</param>
public sealed record DockerEngine(string Host, bool IsOwn)
{
    /// <summary>Everything a test makes in an engine carries this label, so that it can be told apart and removed.</summary>
    public const string TestLabel = "federation.test";

    private const string UsualSocket = "/var/run/docker.sock";
    private static readonly Lazy<Task<DockerEngine>> SharedEngine = new(FindOrStartAsync);

    // Held, because an engine's keeper ends it when nobody holds the other end of its input.
    private static DockerDaemon? _own;

    /// <summary>Found or started at first use.</summary>
    public static Task<DockerEngine> SharedAsync() => SharedEngine.Value;

    /// <summary>True when an engine answers a ping.</summary>
    public static async Task<bool> AnswersAsync(string socket)
    {
        if (!File.Exists(socket))
            return false;
        using var client = Connect(socket);
        try
        {
            using var response = await client.GetAsync(new Uri("http://docker/_ping"));
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>One request without a body to the engine's API.</summary>
    /// <exception cref="HttpRequestException">The engine refused it.</exception>
    public static async Task PostAsync(string socket, string path)
    {
        using var client = Connect(socket);
        using var response = await client.PostAsync(new Uri($"http://docker{path}"), content: null);
        response.EnsureSuccessStatusCode();
    }

    private static HttpClient Connect(string socket)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await unix.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(unix, ownsSocket: true);
            },
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(5) };
    }

    private static async Task<DockerEngine> FindOrStartAsync()
    {
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host)
            return new DockerEngine(host, IsOwn: false);
        if (!Environment.IsPrivilegedProcess)
        {
            return await AnswersAsync(UsualSocket)
                ? new DockerEngine($"unix://{UsualSocket}", IsOwn: false)
                : throw new InvalidOperationException("No Docker Engine answers, and only root can start one for the tests: start Docker, or run the tests as root.");
        }

        // The machine's own engine is left alone: tests stop and start engines, and one that starts again takes the usual bridge (docker0) away.
        _own = await DockerDaemon.StartAsync();
        return new DockerEngine(_own.Host, IsOwn: true);
    }
}
