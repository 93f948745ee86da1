using System.Globalization;
using System.Net;
using Federation.Api.Json;
using Federation.Dns.Transfers;
using Federation.Dns.Updates;
using Federation.Grains.Clusters;
using Federation.Silo.Dns;

namespace Federation.Silo.Hosting;

/// <summary>Reads the options, and says in one sentence what is wrong with them.</summary>
internal static class SiloOptionsReader
{
    private const int DnsPort = 53;

    private static readonly (string Name, string Value, string Help)[] Table =
    [
        ("data", "DIR", "where this process keeps its files (default: federation-data)"),
        ("postgres", "CONNECTION", "the store is PostgreSQL instead of SQLite in the data directory"),
        ("gateway", "URL", "where the gateway listens (default: https://127.0.0.1:8443)"),
        ("public-names", "NAME,…", "further names and addresses of the gateway, for its certificate"),
        ("dns", "IP:PORT,…", "where the name server listens (default: 127.0.0.1:5353)"),
        ("zone", "NAME", "the zone the name server answers for (default: fed.test.)"),
        ("dns-id", "TEXT", "what the name server answers NSID and id.server CH TXT with (default: nothing)"),
        ("dns-cookie-secrets", "FILE", "secrets of DNS cookies, the same for all name servers (default: a random one)"),
        ("dns-locations", "FILE", "a MaxMind-format database of countries or locations, for policy Geo (default: none)"),
        ("dns-tls", "IP:PORT,…", "where the name server listens for DNS over TLS, whose port is 853 (default: nowhere)"),
        ("dns-tls-cert", "FILE", "the certificate of DNS over TLS, PEM, with those that lead to its authority"),
        ("dns-tls-key", "FILE", "its private key, PEM"),
        ("dns-zone-keys", "DIR", "the keys of signed zones (DNSSEC), the same for all name servers (default: none; nothing is signed)"),
        ("dns-limit", "NUMBER", "equal UDP responses to one client network in a second (default: 1000); 0: no limit"),
        ("dns-keys", "FILE", "keys shared with other name servers: name, algorithm and secret on each line (default: none)"),
        ("dns-transfer", "PEER,…", "who may transfer zones: NETWORK, @KEY or NETWORK@KEY (default: nobody)"),
        ("dns-transfer-unsigned", "PEER,…", "who may also transfer signed zones, because it signs them itself (default: nobody)"),
        ("dns-notify", "IP[:PORT][@KEY],…", "secondaries that are told of changes (default: none)"),
        ("dns-push", "IP[:PORT]@KEY[/ZONE],…", "other name servers whose zone is kept as this one by updates (default: none)"),
        ("dns-servers", "IP[:PORT],…", "all name servers of the federation, for ns.<zone> and fed dns status (default: this one)"),
        ("dns-query-log", "NUMBER", "DNS queries written to the log in a second, at most 1000 (default: 0)"),
        ("kubeconfig", "FILE", "where the administrator's kubeconfig is written (default: kubeconfig in the data directory)"),
        ("roles", "ROLE,…", "what this process does: silo, gateway, dns (default: all three)"),
        ("silo", "IP:PORT", "where other silos reach this one (default: 127.0.0.1:11111); its clients use the next port"),
        ("silo-region", "NAME", "the region this silo is in (default: none)"),
        ("silo-zone", "NAME", "the zone this silo is in (default: none)"),
        ("event-life", "DURATION", "how long events are kept, such as 30m or 24h (default: 1h)"),
        ("pet-permission", "DURATION", "how long a cluster that is cut off may run fenced pets (default: 10s)"),
        ("pet-margin", "DURATION", "how much longer a takeover of a pet waits (default: 2s)"),
        ("log", "LEVEL", "the least level that is logged: Debug, Information, Warning, Error (default: Information)"),
    ];

    public static string Usage { get; } =
        "Usage: federation-silo [--option value]…\n\nRuns the control plane of a federation. Each option can also be set as FEDERATION_<NAME>,\nor in appsettings.json under \"Federation\".\n\n"
        + string.Join('\n', Table.Select(row => $"  --{row.Name} {row.Value}".PadRight(38) + row.Help)) + "\n\n" + StoreCommands.Usage + "\n\n" + KeyCommands.Usage;

    /// <summary>From what to what the configuration system maps the command line.</summary>
    public static Dictionary<string, string> Switches { get; } = Table.ToDictionary(row => $"--{row.Name}", row => $"Federation:{row.Name}");

    /// <summary>The options that are set as <c>FEDERATION_&lt;NAME&gt;</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> FromEnvironment(Func<string, string?> read) => Table
        .Select(row => KeyValuePair.Create($"Federation:{row.Name}", read($"FEDERATION_{row.Name.Replace('-', '_').ToUpperInvariant()}")))
        .Where(set => !string.IsNullOrEmpty(set.Value));

    /// <exception cref="StartupException">An option is unknown, lacks its value, or has a wrong one.</exception>
    public static void CheckArguments(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i].Split('=')[0];
            if (!Switches.ContainsKey(name))
                throw new StartupException($"There is no option '{name}'; --help lists them.");
            if (!arguments[i].Contains('=') && ++i >= arguments.Count)
                throw new StartupException($"The option {name} needs a value.");
        }
    }

    /// <exception cref="StartupException">An option has a wrong value.</exception>
    public static SiloOptions Read(IConfiguration configuration)
    {
        var defaults = new SiloOptions();
        var options = new SiloOptions
        {
            Data = Path.GetFullPath(Get("data") ?? defaults.Data),
            Postgres = Get("postgres"),
            Gateway = Get("gateway") is { } gateway ? ParseUrl(gateway) : defaults.Gateway,
            PublicNames = List(Get("public-names")),
            Dns = Get("dns") is { } dns ? [.. List(dns).Select(text => ParseEndpoint(text, "--dns"))] : defaults.Dns,
            Zone = Get("zone") ?? defaults.Zone,
            DnsId = Get("dns-id") ?? "",
            DnsCookieSecrets = Get("dns-cookie-secrets") is { } secrets ? Path.GetFullPath(secrets) : null,
            DnsLocations = Get("dns-locations") is { } locations ? Path.GetFullPath(locations) : null,
            DnsTls = [.. List(Get("dns-tls")).Select(text => ParseEndpoint(text, "--dns-tls"))],
            DnsTlsCertificate = Get("dns-tls-cert") is { } certificate ? Path.GetFullPath(certificate) : null,
            DnsTlsKey = Get("dns-tls-key") is { } key ? Path.GetFullPath(key) : null,
            DnsZoneKeys = Get("dns-zone-keys") is { } zoneKeys ? Path.GetFullPath(zoneKeys) : null,
            DnsLimit = Get("dns-limit") is { } limit ? ParseNumber(limit, "--dns-limit") : defaults.DnsLimit,
            DnsKeys = Get("dns-keys") is { } keys ? Path.GetFullPath(keys) : null,
            DnsTransfer = [.. List(Get("dns-transfer")).Select(text => ParsePeer(text, "--dns-transfer"))],
            DnsTransferUnsigned = [.. List(Get("dns-transfer-unsigned")).Select(text => ParsePeer(text, "--dns-transfer-unsigned"))],
            DnsNotify = [.. List(Get("dns-notify")).Select(ParseNotify)],
            DnsPush = [.. List(Get("dns-push")).Select(ParsePush)],
            DnsServers = [.. List(Get("dns-servers")).Select(ParseServer)],
            DnsQueryLog = Get("dns-query-log") is { } logged ? ParseNumber(logged, "--dns-query-log") : defaults.DnsQueryLog,
            KubeConfig = Get("kubeconfig") is { } file ? Path.GetFullPath(file) : null,
            Roles = Get("roles") is { } roles ? ParseRoles(roles) : defaults.Roles,
            Silo = Get("silo") is { } silo ? ParseEndpoint(silo, "--silo") : null,
            SiloRegion = Get("silo-region") ?? "",
            SiloZone = Get("silo-zone") ?? "",
            EventLife = Get("event-life") is { } life ? ParseDuration(life, "--event-life") : defaults.EventLife,
            Fence = ReadFence(Get("pet-permission"), Get("pet-margin"), defaults.Fence),
            Log = Get("log") is { } level ? ParseLevel(level) : defaults.Log,
        };
        if (options.Postgres is null && !options.Has(SiloRoles.Silo))
            throw new StartupException("A process without the role silo needs --postgres: SQLite serves one process only.");
        return options;

        string? Get(string name) => configuration[$"Federation:{name}"];
    }

    private static string[] List(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static IPEndPoint ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps && IPAddress.TryParse(url.Host.Trim('[', ']'), out var address)
            ? new IPEndPoint(address, url.Port)
            : throw new StartupException($"'{text}' is not a URL such as https://127.0.0.1:8443; --gateway needs one with an IP address.");

    private static IPEndPoint ParseEndpoint(string text, string option) =>
        IPEndPoint.TryParse(text, out var endpoint) && text.Contains(':')
            ? endpoint
            : throw new StartupException($"'{text}' is not an address and port such as 127.0.0.1:5353, as {option} needs.");

    private static TransferPeer ParsePeer(string text, string option) =>
        TransferPeer.TryParse(text, out var peer)
            ? peer
            : throw new StartupException($"'{text}' is not who could transfer a zone; {option} takes a network such as 192.0.2.0/24, a key such as @secondary, or 192.0.2.0/24@secondary.");

    private static NotifyTarget ParseNotify(string text) =>
        NotifyTarget.TryParse(text, out var target)
            ? target
            : throw new StartupException($"'{text}' is no name server to tell of changes; --dns-notify takes 192.0.2.7, 192.0.2.7:53 or 192.0.2.7:53@key.");

    private static UpdateTarget ParsePush(string text) =>
        UpdateTarget.TryParse(text, out var target)
            ? target
            : throw new StartupException($"'{text}' is no name server to be updated; --dns-push takes 192.0.2.7@key, 192.0.2.7:53@key or 192.0.2.7:53@key/example.com.");

    /// <summary>Without a port it is the one that resolvers ask at.</summary>
    private static IPEndPoint ParseServer(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPEndPoint(address, DnsPort)
        : IPEndPoint.TryParse(text, out var endpoint) && endpoint.Port != 0 ? endpoint
        : throw new StartupException($"'{text}' is no name server; --dns-servers takes addresses such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353.");

    private static SiloRoles ParseRoles(string text)
    {
        var roles = SiloRoles.None;
        foreach (var name in List(text))
        {
            roles |= name switch
            {
                "silo" => SiloRoles.Silo,
                "gateway" => SiloRoles.Gateway,
                "dns" => SiloRoles.Dns,
                _ => throw new StartupException($"There is no role '{name}'; --roles takes silo, gateway and dns."),
            };
        }

        return roles == SiloRoles.None ? throw new StartupException("--roles names no role.") : roles;
    }

    private static FenceOptions ReadFence(string? permission, string? margin, FenceOptions defaults)
    {
        var fence = new FenceOptions
        {
            Permission = permission is null ? defaults.Permission : ParseDuration(permission, "--pet-permission"),
            Margin = margin is null ? defaults.Margin : ParseDuration(margin, "--pet-margin"),
        };
        return fence.FindProblem() is { } problem ? throw new StartupException($"--pet-permission and --pet-margin: {problem}") : fence;
    }

    private static TimeSpan ParseDuration(string text, string option) =>
        DurationConverter.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw new StartupException($"'{text}' is no duration such as 10s, 30m or 24h, as {option} needs.");

    private static int ParseNumber(string text, string option) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new StartupException($"'{text}' is no number such as 1000, as {option} needs.");

    private static LogLevel ParseLevel(string text) =>
        Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) && Enum.IsDefined(level)
            ? level
            : throw new StartupException($"'{text}' is no log level; --log takes Debug, Information, Warning or Error.");
}
