namespace MemberCluster.Agent.Runtime.Docker;

/// <summary>Docker Engine (20.10 and later) over its HTTP API.</summary>
public sealed class DockerRuntime : IContainerRuntime
{
    private readonly DockerHttp _http;
    private readonly DockerNetworks _networks;

    public DockerRuntime(DockerOptions options, TimeProvider time)
    {
        _http = new DockerHttp(options, time);
        var digests = new RepoDigestCache();
        var images = new DockerImages(_http, digests);
        var containers = new DockerContainers(_http, new DockerProcesses(_http), images, digests);
        Containers = containers;
        Images = images;
        _networks = new DockerNetworks(_http);
        Volumes = new DockerVolumes(_http, containers, images);
    }

    public IContainers Containers { get; }

    public IImages Images { get; }

    public INetworks Networks => _networks;

    public IVolumes Volumes { get; }

    public Task PingAsync(CancellationToken cancellationToken) => _http.PingAsync(cancellationToken);

    public async Task<EngineInfo> GetInfoAsync(CancellationToken cancellationToken)
    {
        var info = await _http.GetAsync(new EngineCall("read engine information"), "info", DockerJson.Default.InfoWire, cancellationToken);
        var version = await _http.GetVersionAsync(cancellationToken);
        var disk = _http.Endpoint.IsLocal ? DiskOf(info.DockerRootDir) : null;
        return new EngineInfo
        {
            Id = info.ID ?? "",
            Name = info.Name ?? "",
            Version = info.ServerVersion ?? "",
            ApiVersion = version.ToString(),
            Architecture = ToImageArchitecture(info.Architecture ?? ""),
            OperatingSystem = info.OperatingSystem ?? "",
            KernelVersion = info.KernelVersion ?? "",
            Cpus = info.NCPU,
            MemoryBytes = info.MemTotal,
            DataRoot = info.DockerRootDir ?? "",
            DiskTotalBytes = disk?.Total,
            DiskFreeBytes = disk?.Free,
        };
    }

    public async Task<IRuntimeEventStream> SubscribeAsync(EventFilter filter, DateTimeOffset? since, CancellationToken cancellationToken) =>
        await DockerEvents.OpenAsync(_http, filter, since, cancellationToken);

    public ValueTask DisposeAsync()
    {
        _networks.Dispose();
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static (long Total, long Free)? DiskOf(string? path)
    {
        if (string.IsNullOrEmpty(path))
            return null;
        try
        {
            var drive = new DriveInfo(path);
            return (drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The engine's files are not in our view of the machine (another mount namespace): unknown, not wrong.
            return null;
        }
    }

    // Engines say what the kernel says, images what Go says.
    private static string ToImageArchitecture(string machine) => machine switch
    {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" or "armv6l" => "arm",
        "i686" or "i386" => "386",
        _ => machine,
    };
}
