using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.Client;

namespace Federation.Gateway.Bench;

/// <summary>A control plane of its own process, its store in a temporary directory, and what it costs.</summary>
internal sealed class ControlPlaneProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _data;

    private ControlPlaneProcess(Process process, DirectoryInfo data, FederationClient client) => (_process, _data, Client) = (process, data, client);

    public FederationClient Client { get; }

    public double ResidentMebibytes =>
        long.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024.0;

    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <param name="postgres">A connection string; null: SQLite.</param>
    public static async Task<ControlPlaneProcess> StartAsync(string? postgres = null)
    {
        var data = Directory.CreateTempSubdirectory("federation-gateway-bench-");
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Federation.Silo", configuration, "federation-silo.dll"));
        var start = new ProcessStartInfo("dotnet", [program, "--data", data.FullName, "--gateway", $"https://127.0.0.1:{FreePort()}", "--roles", "silo,gateway", "--log", "Warning",
            .. postgres is null ? Array.Empty<string>() : ["--postgres", postgres]]);
        var process = Process.Start(start) ?? throw new InvalidOperationException("The control plane did not start.");
        var kubeconfig = Path.Combine(data.FullName, "kubeconfig");
        for (var waited = 0; !File.Exists(kubeconfig); waited++)
        {
            if (process.HasExited || waited > 600)
                throw new InvalidOperationException("The control plane does not come up.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return new ControlPlaneProcess(process, data, new FederationClient(KubeConfig.Load(kubeconfig)));
    }

    /// <summary>A connection of its own.</summary>
    public HttpClient Connect()
    {
        var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10) };
        handler.SslOptions.CertificateChainPolicy = new() { TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust, RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck };
        foreach (var authority in Client.Options.Authorities)
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(authority);
        var http = new HttpClient(handler)
        {
            BaseAddress = Client.Options.Server,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Client.Options.Token);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _data.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
