using System.Net;
using System.Net.Sockets;
using System.Text;
using Federation.Dns.Answering;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Answering.Counting;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Hosting.Status;
using Federation.Dns.Listening;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Tls;
using Federation.Dns.Transfers;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Hosting;

/// <summary>The name server: opens its sockets, answers from the newest zone version, closes them.</summary>
public sealed partial class NameServer : IHostedService, IAsyncDisposable
{
    private readonly NameServerOptions _options;
    private readonly ZoneState _zone;
    private readonly PlaceState _places;
    private readonly ServerCookies _cookies;
    private readonly NameServerMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<NameServer> _logger;
    private readonly List<TcpServer> _tcpServers = [];
    private readonly List<TcpServer> _tlsServers = [];
    private readonly List<UdpWorker> _udpWorkers = [];

    internal NameServer(NameServerOptions options, ZoneState zone, PlaceState places, ServerCookies cookies, NameServerMetrics metrics, TimeProvider time, ILogger<NameServer> logger)
    {
        _cookies = cookies;
        _options = options;
        _zone = zone;
        _places = places;
        _metrics = metrics;
        _time = time;
        _logger = logger;
    }

    /// <summary>Where it listens, with real ports; empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => [.. _tcpServers.Select(server => server.Endpoint)];

    /// <summary>Where it listens for DNS over TLS, with real ports; empty before the start.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndpoints => [.. _tlsServers.Select(server => server.Endpoint)];

    /// <summary>What encrypted connections are accepted with; filled in before the start.</summary>
    internal ServerCertificate Certificate { get; init; } = new();

    /// <summary>Who signs which zones.</summary>
    internal SigningState Signing { get; init; } = new();

    public ZoneState Zone => _zone;

    /// <summary>Whose signed queries get signed answers.</summary>
    internal TsigKeys Keys { get; init; } = new();

    /// <summary>Who gives whole zones; null: nobody does.</summary>
    internal TransferServer? Transfers { get; init; }

    /// <summary>What a name would be answered with, and why; asks nobody and counts as no query.</summary>
    /// <param name="name">Absolute; the final dot may be missing.</param>
    /// <param name="type">Of the records.</param>
    /// <param name="from">Who asks: an address or a network in CIDR form; null: nobody in particular.</param>
    /// <exception cref="FormatException">The name is no domain name, or the client no address.</exception>
    public AnswerExplanation Explain(string name, RecordType type = RecordType.A, string? from = null) =>
        Explainer.Explain(DnsName.Parse(name), type, _zone, _places, from is null ? null : ParseClient(from), Signing.Current);

    /// <summary>A zone as a zone file: every address that its answers may have, policies aside. Null: it is not served, or not loaded yet.</summary>
    /// <exception cref="FormatException">The name is no domain name.</exception>
    public ExportedZone? Export(string zone) =>
        _zone.Current?.Find(DnsName.Parse(zone)) is { } found ? new ExportedZone(found.Apex.ToString(), found.Serial, ZoneFileWriter.Write(found)) : null;

    /// <summary>What the parent of a signed zone is to have of it. Null: the zone has no keys.</summary>
    /// <exception cref="FormatException">The name is no domain name.</exception>
    public IReadOnlyList<ParentRecord>? RecordsForParent(string zone) =>
        Signing.Current?.Find(DnsName.Parse(zone)) is { } signer ? [.. ParentRecord.Of(signer, _time.GetUtcNow())] : null;

    /// <summary>All name servers of the federation as they answer now, this one among them. Each is asked over DNS.</summary>
    public async Task<NameServersStatus> AskStatusAsync(CancellationToken cancellationToken)
    {
        var probe = new StatusProbe(_zone.Apex, _time);
        var own = Endpoints.Select(endpoint => endpoint.Address switch
        {
            var any when any.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, endpoint.Port),
            var any when any.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, endpoint.Port),
            _ => endpoint,
        });
        var servers = await Task.WhenAll((_options.Servers.Count > 0 ? _options.Servers : own).Distinct().Select(server => probe.AskAsync(server, cancellationToken)));
        return new NameServersStatus(_zone.Apex.ToString(), [.. servers], _zone.Current is { } zones ? ZoneStatus.Of(zones, Signing.Current, _time.GetUtcNow()) : []);
    }

    /// <exception cref="NameServerStartException">An option is wrong, or an endpoint cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.FindErrors().FirstOrDefault() is { } error)
            throw new NameServerStartException(error);
        if (_options.KeyNames.FirstOrDefault(name => Keys.Find(name) is null) is { } unknown)
            throw new NameServerStartException($"There is no key '{unknown}' in '{_options.Transfers.KeysFile}'.");
        try
        {
            // One for all endpoints: a client's limit is the same on each.
            var responder = new Responder(_zone, MakeSettings());
            foreach (var endpoint in _options.Endpoints)
                Open(endpoint, responder);
            foreach (var endpoint in _options.TlsEndpoints)
                _tlsServers.Add(TryBind("TLS", endpoint, () => TcpServer.Open(endpoint, MakeTcpSettings(responder) with { Certificate = Certificate }, _time, _logger)));
        }
        catch
        {
            await CloseAsync();
            throw;
        }

        _tcpServers.ForEach(server => server.Start());
        _tlsServers.ForEach(server => server.Start());
        _udpWorkers.ForEach(worker => worker.Start());
        _tcpServers.ForEach(server => LogListening(_zone.Apex, server.Endpoint));
        _tlsServers.ForEach(server => LogListeningEncrypted(_zone.Apex, server.Endpoint));
    }

    public Task StopAsync(CancellationToken cancellationToken) => CloseAsync();

    public async ValueTask DisposeAsync() => await CloseAsync();

    private static ClientAddress ParseClient(string from)
    {
        if (IPAddress.TryParse(from, out var address))
            return ClientAddress.From(address);
        return IPNetwork.TryParse(from, out var network)
            ? ClientAddress.From(network.BaseAddress)
            : throw new FormatException($"'{from}' is neither an IP address nor a network such as 192.0.2.0/24.");
    }

    private ResponderSettings MakeSettings() => new()
    {
        MaxUdpSize = _options.MaxUdpSize,
        Cookies = _cookies,
        Places = _places,
        Signing = Signing,
        Limiter = _options.ResponsesPerSecond == 0 ? null : new RateLimiter(_options.ResponsesPerSecond, _options.LimitSlip, _options.LimitExempt, _time),
        QueryLog = _options.QueryLogPerSecond == 0 ? null : new QueryLog(_options.QueryLogPerSecond, _time, _logger),
        ServerId = Encoding.ASCII.GetBytes(_options.ServerId),
        Identity = new ServerIdentity(_options.ServerId),
        Keys = Keys,
        Time = _time,
        Keepalive = (ushort)Math.Min(ushort.MaxValue, _options.TcpIdleTimeout.TotalMilliseconds / 100),
    };

    private void Open(IPEndPoint endpoint, Responder responder)
    {
        // TCP first: it shares its port with nobody, so two servers on one port cannot get past it.
        var server = TryBind("TCP", endpoint, () => TcpServer.Open(endpoint, MakeTcpSettings(responder), _time, _logger));
        _tcpServers.Add(server);
        TryBind("UDP", server.Endpoint, () =>
        {
            UdpWorker.Probe(server.Endpoint);
            return true;
        });
        for (var i = 0; i < _options.UdpWorkers; i++)
            _udpWorkers.Add(TryBind("UDP", server.Endpoint, () => UdpWorker.Open(server.Endpoint, responder, _metrics.AddCounters(), _options.MaxUdpSize, _logger)));
    }

    private TcpSettings MakeTcpSettings(Responder responder) =>
        new(responder, _metrics.AddCounters(), _options.TcpIdleTimeout, _options.MaxTcpConnections, _options.MaxTcpQuerySize) { Transfers = Transfers };

    private static T TryBind<T>(string protocol, IPEndPoint endpoint, Func<T> bind)
    {
        try
        {
            return bind();
        }
        catch (SocketException exception)
        {
            var sentence = exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"Port {endpoint.Port} on {endpoint.Address} ({protocol}) is already in use; stop what uses it or choose another port for DNS.",
                SocketError.AccessDenied => $"Port {endpoint.Port} on {endpoint.Address} ({protocol}) needs a permission this process does not have; choose a port above 1023 for DNS.",
                SocketError.AddressNotAvailable => $"{endpoint.Address} is not an address of this machine; choose another one for DNS.",
                _ => $"Port {endpoint.Port} on {endpoint.Address} ({protocol}) cannot be opened for DNS: {exception.Message}.",
            };
            throw new NameServerStartException(sentence, exception);
        }
    }

    private async Task CloseAsync()
    {
        foreach (var worker in _udpWorkers)
            worker.Dispose();
        _udpWorkers.Clear();
        foreach (var server in _tcpServers.Concat(_tlsServers))
            await server.DisposeAsync();
        _tcpServers.Clear();
        _tlsServers.Clear();
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Information, Message = "Serving zone {Zone} on {Endpoint}, UDP and TCP")]
    private partial void LogListening(DnsName zone, IPEndPoint endpoint);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Information, Message = "Serving zone {Zone} on {Endpoint}, TLS")]
    private partial void LogListeningEncrypted(DnsName zone, IPEndPoint endpoint);
}

/// <summary>One version of a zone as text.</summary>
public sealed record ExportedZone(string Zone, uint Serial, string Text);
