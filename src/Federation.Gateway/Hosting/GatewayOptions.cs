using System.Net;

namespace Federation.Gateway.Hosting;

/// <summary>Settings of the gateway.</summary>
public sealed record GatewayOptions
{
    /// <summary>Where the certificate authority, its key and the kubeconfig are kept (folder <c>gateway/</c>, files readable by this user only).</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The address to listen on. <value>127.0.0.1</value></summary>
    public IPAddress ListenAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The port to listen on; 0: any free one. <value>8443</value></summary>
    public int Port { get; init; } = 8443;

    /// <summary>Further names and addresses that clients reach the gateway by; the first stands in the kubeconfig. <value>none</value></summary>
    public IReadOnlyList<string> PublicNames { get; init; } = [];

    /// <summary>Where the administrator's kubeconfig is written. <value>DataDirectory/kubeconfig</value></summary>
    public string? KubeConfigPath { get; init; }

    /// <summary>The federation's zone, in which pets have their names; empty: they have none. Defaulted to empty.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The largest request body of the API, in bytes. <value>3 MiB</value></summary>
    public long BodyLimit { get; init; } = 3 * 1024 * 1024;

    /// <summary>The largest report of an agent, in bytes. <value>64 MiB</value></summary>
    public long ReportLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long a read waits for the cache to reach the revision it asks for. <value>3 s</value></summary>
    public TimeSpan FreshnessTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a watch that asked for bookmarks gets one. <value>60 s</value></summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>When a watch that names no timeout ends. <value>40 min</value></summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(40);

    /// <summary>How long a <c>continue</c> token can be used. <value>5 min</value></summary>
    public TimeSpan ContinueLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often an agent's streams show a sign of life. <value>2 s</value></summary>
    public TimeSpan AgentSignInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a request for a stream waits for the agent to answer. <value>10 s</value></summary>
    public TimeSpan AgentStreamTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The certificate authority's life. <value>10 years</value></summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>The server certificate's life; it is renewed when a third of it is left. <value>90 days</value></summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(90);

    internal string GatewayDirectory => Path.Combine(DataDirectory, "gateway");

    internal string KubeConfigFile => KubeConfigPath ?? Path.Combine(DataDirectory, "kubeconfig");

    /// <summary>The name by which this machine's clients reach it.</summary>
    internal string ClientHost => PublicNames.Count > 0 ? PublicNames[0]
        : ListenAddress.Equals(IPAddress.Any) || ListenAddress.Equals(IPAddress.IPv6Any) ? "127.0.0.1"
        : ListenAddress.ToString();
}
