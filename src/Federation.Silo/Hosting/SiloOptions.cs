using System.Net;
using Federation.Dns.Transfers;
using Federation.Dns.Updates;
using Federation.Grains.Clusters;
using Federation.Grains.Events;

namespace Federation.Silo.Hosting;

/// <summary>Settings of a control-plane process. Each can be given as <c>--name value</c>, as <c>FEDERATION_NAME</c>, or in <c>appsettings.json</c> under <c>Federation</c>.</summary>
internal sealed record SiloOptions
{
    /// <summary>Where this process keeps its files: the SQLite store, the certificate authority. <value>The default is <c>federation-data</c> in the working directory.</value></summary>
    public string Data { get; init; } = "federation-data";

    /// <summary>A PostgreSQL connection string; several control-plane processes can share that store. <value>The default is none: SQLite in <see cref="Data"/>.</value></summary>
    public string? Postgres { get; init; }

    /// <summary>Where the gateway listens. <value>The default is <c>https://127.0.0.1:8443</c>.</value></summary>
    public IPEndPoint Gateway { get; init; } = new(IPAddress.Loopback, 8443);

    /// <summary>Further names and addresses that clients reach the gateway by. <value>The default is none.</value></summary>
    public IReadOnlyList<string> PublicNames { get; init; } = [];

    /// <summary>Where the name server listens, UDP and TCP. <value>The default is <c>127.0.0.1:5353</c>.</value></summary>
    public IReadOnlyList<IPEndPoint> Dns { get; init; } = [new(IPAddress.Loopback, 5353)];

    /// <summary>The zone the name server answers for. <value>The default is <c>fed.test.</c></value></summary>
    public string Zone { get; init; } = "fed.test.";

    /// <summary>What the name server answers NSID, and <c>id.server</c> in class CHAOS, with. <value>The default is nothing.</value></summary>
    public string DnsId { get; init; } = "";

    /// <summary>A file with the secrets of DNS cookies, the same for all name servers of the federation. <value>The default is none: a random secret.</value></summary>
    public string? DnsCookieSecrets { get; init; }

    /// <summary>A database of countries or locations in MaxMind's format. <value>The default is none.</value></summary>
    public string? DnsLocations { get; init; }

    /// <summary>Where the name server listens for DNS over TLS. <value>The default is nowhere.</value></summary>
    public IReadOnlyList<IPEndPoint> DnsTls { get; init; } = [];

    /// <summary>The certificate of DNS over TLS in PEM form, with those that lead to its authority. <value>The default is none.</value></summary>
    public string? DnsTlsCertificate { get; init; }

    /// <summary>The private key of that certificate in PEM form. <value>The default is none.</value></summary>
    public string? DnsTlsKey { get; init; }

    /// <summary>The directory with the keys of signed zones, the same for all name servers of the federation. <value>The default is none: no zone is signed.</value></summary>
    public string? DnsZoneKeys { get; init; }

    /// <summary>Equal UDP responses to one client network in a second; 0: no limit. <value>The default is 1000.</value></summary>
    public int DnsLimit { get; init; } = 1000;

    /// <summary>A file with the keys shared with other name servers. <value>The default is none.</value></summary>
    public string? DnsKeys { get; init; }

    /// <summary>Who may transfer zones. <value>The default is nobody.</value></summary>
    public IReadOnlyList<TransferPeer> DnsTransfer { get; init; } = [];

    /// <summary>Who may also transfer signed zones, because it signs them itself. <value>The default is nobody.</value></summary>
    public IReadOnlyList<TransferPeer> DnsTransferUnsigned { get; init; } = [];

    /// <summary>Secondaries that are told of changes. <value>The default is none.</value></summary>
    public IReadOnlyList<NotifyTarget> DnsNotify { get; init; } = [];

    /// <summary>Name servers of somebody else that are kept as this one is. <value>The default is none.</value></summary>
    public IReadOnlyList<UpdateTarget> DnsPush { get; init; } = [];

    /// <summary>All name servers of the federation, by the addresses that resolvers use: those of <c>ns.&lt;zone&gt;</c>. <value>The default is none: this process's.</value></summary>
    public IReadOnlyList<IPEndPoint> DnsServers { get; init; } = [];

    /// <summary>DNS queries written to the log in a second, at most 1000. <value>The default is 0: none.</value></summary>
    public int DnsQueryLog { get; init; }

    /// <summary>Where the administrator's kubeconfig is written. <value>The default is <c>kubeconfig</c> in <see cref="Data"/>.</value></summary>
    public string? KubeConfig { get; init; }

    /// <summary>What this process does. <value>The default is all of <c>silo,gateway,dns</c>.</value></summary>
    public SiloRoles Roles { get; init; } = SiloRoles.All;

    /// <summary>Where the silos of other processes reach this one; its clients use the port after it. <value>The default is none: <c>127.0.0.1:11111</c>.</value></summary>
    public IPEndPoint? Silo { get; init; }

    /// <summary>The region this silo is in, for placing grains near their cluster. <value>The default is none.</value></summary>
    public string SiloRegion { get; init; } = "";

    /// <summary>The zone this silo is in. <value>The default is none.</value></summary>
    public string SiloZone { get; init; } = "";

    /// <summary>How long after it last happened an event is kept. <value>The default is 1 h.</value></summary>
    public TimeSpan EventLife { get; init; } = new EventOptions().Life;

    /// <summary>How long pets may run without being permitted anew, and how much longer their takeover waits. <value>The default is 10 s and 2 s.</value></summary>
    public FenceOptions Fence { get; init; } = new();

    /// <summary>The least level that is logged. <value>The default is <c>Information</c>.</value></summary>
    public LogLevel Log { get; init; } = LogLevel.Information;

    public bool Has(SiloRoles role) => Roles.HasFlag(role);
}
