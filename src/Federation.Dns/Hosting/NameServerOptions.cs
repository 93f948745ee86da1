using System.Net;
using Federation.Dns.Transfers;
using Federation.Dns.Updates;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Hosting;

/// <summary>How a name server listens and what it serves.</summary>
public sealed class NameServerOptions
{
    public ZoneOptions Zone { get; } = new();

    /// <summary>Who may have whole zones, and who is told of changes.</summary>
    /// <value>Default: nobody.</value>
    public TransferOptions Transfers { get; } = new();

    /// <summary>Name servers of somebody else whose zones are kept as the federation's is (UPDATE, RFC 2136).</summary>
    /// <value>Default: none.</value>
    public IList<UpdateTarget> Updates { get; } = [];

    /// <summary>Where to listen, UDP and TCP on each. Port 0 takes a free one.</summary>
    /// <value>Default: 127.0.0.1:5353.</value>
    public IList<IPEndPoint> Endpoints { get; } = [new IPEndPoint(IPAddress.Loopback, 5353)];

    /// <summary>Where to listen for DNS over TLS (RFC 7858), whose own port is 853. Port 0 takes a free one.</summary>
    /// <value>Default: none.</value>
    public IList<IPEndPoint> TlsEndpoints { get; } = [];

    /// <summary>The certificate of <see cref="TlsEndpoints"/> in PEM form, with those that lead to its authority after it. Read again when it changes.</summary>
    /// <value>Default: none.</value>
    public string? TlsCertificateFile { get; set; }

    /// <summary>The private key of that certificate, in PEM form. Read again when it changes.</summary>
    /// <value>Default: none.</value>
    public string? TlsKeyFile { get; set; }

    /// <summary>Sockets and threads for UDP on each endpoint.</summary>
    /// <value>Default: one for each processor, at most 8.</value>
    public int UdpWorkers { get; set; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>The largest UDP response in bytes, whatever a client offers; 512 to 4096.</summary>
    /// <value>Default: 1232, which no path fragments.</value>
    public int MaxUdpSize { get; set; } = 1232;

    /// <summary>A TCP connection that sends no whole query for this long is closed.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan TcpIdleTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>TCP connections on each endpoint; one more closes the one that has been idle the longest.</summary>
    /// <value>Default: 1000.</value>
    public int MaxTcpConnections { get; set; } = 1000;

    /// <summary>A TCP connection that announces a longer query, in bytes, is closed.</summary>
    /// <value>Default: 4096.</value>
    public int MaxTcpQuerySize { get; set; } = 4096;

    /// <summary>Who this server is, for who asks with NSID (RFC 5001) or for <c>id.server</c> in class CHAOS (RFC 4892); at most 64 bytes of ASCII.</summary>
    /// <value>Default: empty, which leaves the question without an answer.</value>
    public string ServerId { get; set; } = "";

    /// <summary>Queries written to the log in a second, at most 1000, evenly over time; 0: none.</summary>
    /// <value>Default: 0.</value>
    public int QueryLogPerSecond { get; set; }

    /// <summary>All name servers of the federation: whom a status is asked of. Their addresses are those of <c>ns.&lt;zone&gt;</c>, unless the zone says others.</summary>
    /// <value>Default: none; this one alone.</value>
    public IList<IPEndPoint> Servers { get; } = [];

    /// <summary>A file with the secrets of cookies (RFC 9018), one of 32 hexadecimal digits on each line; the first makes cookies, all are accepted. Read again when it changes.</summary>
    /// <value>Default: none; one random secret, so that cookies are good with this process only.</value>
    public string? CookieSecretsFile { get; set; }

    /// <summary>Equal UDP responses (from one name, denials in one zone, errors of one kind) to one client network (IPv4 /24, IPv6 /56) in a second. Clients with a good cookie are not limited. 0: no limit.</summary>
    /// <value>Default: 1000.</value>
    public int ResponsesPerSecond { get; set; } = 1000;

    /// <summary>Of so many limited responses one is sent short, so that a real client asks again over TCP or with a cookie; 1: all, 0: none.</summary>
    /// <value>Default: 2.</value>
    public int LimitSlip { get; set; } = 2;

    /// <summary>Networks that are not limited.</summary>
    /// <value>Default: the loopback's, whose addresses nobody can forge from outside.</value>
    public IList<IPNetwork> LimitExempt { get; } = [new IPNetwork(IPAddress.Parse("127.0.0.0"), 8), new IPNetwork(IPAddress.IPv6Loopback, 128)];

    /// <summary>A database in MaxMind's format (mmdb) with countries or locations: tells the region of clients that no Region's networks name. Read again when it changes.</summary>
    /// <value>Default: none.</value>
    public string? LocationsFile { get; set; }

    /// <summary>
    /// A directory with the keys of zones (DNSSEC), in the files of BIND: zones that have keys there are signed. The same for every name server. Read again when it changes.
    /// </summary>
    /// <value>Default: none; no zone is signed.</value>
    public string? KeysDirectory { get; set; }

    /// <summary>The keys that other servers are known by.</summary>
    internal IEnumerable<DnsName> KeyNames =>
        Transfers.Allowed.Concat(Transfers.AllowedUnsigned).Select(peer => peer.Key).Concat(Transfers.Notified.Select(target => target.Key)).Concat(Updates.Select(target => target.Key)).OfType<DnsName>();

    /// <summary>Sentences about what is wrong with these options; empty when nothing is.</summary>
    public IEnumerable<string> FindErrors()
    {
        // Ordinary names are host, namespace, svc and a region, up to 63 bytes each: a long zone leaves them no room.
        if (!DnsName.TryParse(Zone.Zone, out var zone) || zone.IsRoot || zone.Length > 128)
            yield return $"'{Zone.Zone}' cannot be the zone: give a domain name of at most 128 bytes that is not the root.";
        if (Zone.NegativeTtl < TimeSpan.Zero || Zone.ApexTtl < TimeSpan.Zero || Zone.NegativeTtl.TotalSeconds > int.MaxValue || Zone.ApexTtl.TotalSeconds > int.MaxValue)
            yield return "A TTL is between 0 and 2147483647 seconds.";
        if (Zone.MaxAddresses < 0)
            yield return $"{Zone.MaxAddresses} cannot be the most addresses of an answer: give 0 for all, or more.";
        if (Endpoints.Count == 0)
            yield return "The name server has no endpoint to listen on.";
        if (TlsEndpoints.Count > 0 && (TlsCertificateFile is null || TlsKeyFile is null))
            yield return "DNS over TLS needs the files of a certificate and of its private key.";
        if (UdpWorkers < 1)
            yield return $"{UdpWorkers} UDP workers answer nothing: give at least 1.";
        if (MaxUdpSize is < 512 or > 4096)
            yield return $"The largest UDP response is between 512 and 4096 bytes, not {MaxUdpSize}.";
        if (TcpIdleTimeout <= TimeSpan.Zero)
            yield return "The idle timeout of TCP connections must be longer than nothing.";
        if (ServerId.Length > 64 || ServerId.Any(letter => letter is < ' ' or > '~'))
            yield return "The server's id is at most 64 printable letters of ASCII.";
        if (ResponsesPerSecond is < 0 or > 1_000_000)
            yield return $"The limit of responses is between 0 (none) and 1000000 a second, not {ResponsesPerSecond}.";
        if (QueryLogPerSecond is < 0 or > 1000)
            yield return $"The log takes between 0 and 1000 queries a second, not {QueryLogPerSecond}.";
        if (LimitSlip < 0)
            yield return $"{LimitSlip} cannot be how many limited responses one is sent for: give 0 for none, or more.";
        if (Transfers.KeysFile is null && KeyNames.Any())
            yield return "A server that is known by its key needs the file with the keys.";
        foreach (var target in Updates.Where(target => target.Zone is { } foreign && zone is not null && foreign.IsAtOrBelow(zone) && !foreign.Equals(zone)))
            yield return $"The names of {Zone.Zone} cannot be put into {target.Zone}, which is only a part of it.";
        if (MaxTcpConnections < 1)
            yield return $"{MaxTcpConnections} TCP connections serve nobody: give at least 1.";
        if (MaxTcpQuerySize is < 512 or > ushort.MaxValue)
            yield return $"The longest TCP query is between 512 and 65535 bytes, not {MaxTcpQuerySize}.";
    }
}

/// <summary>The name server cannot start; the message is a sentence for the person who starts it.</summary>
public sealed class NameServerStartException(string message, Exception? innerException = null) : Exception(message, innerException);
