using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Reference;

/// <summary>A PowerDNS of the machine on a free port of the loopback, with its LMDB backend; ended with the test.</summary>
internal static class PowerDnsServer
{
    /// <summary>With one zone from text, which may be transferred and updated with the key that <see cref="LiveServer"/> has.</summary>
    public static async Task<ServerProcess> ServeToUpdatesAsync(string zone, string text)
    {
        var server = new ServerProcess("pdns");
        server.Write("zone", text);
        server.Write("pdns.conf", $"""
            launch=lmdb
            lmdb-filename={server.Directory}/db
            lmdb-shards=1
            local-address=127.0.0.1
            local-port={server.Port}
            socket-dir={server.Directory}
            dnsupdate=yes
            allow-dnsupdate-from=127.0.0.0/8
            daemon=no
            guardian=no
            disable-syslog=yes
            cache-ttl=0
            query-cache-ttl=0
            negquery-cache-ttl=0
            """);
        foreach (var command in (string[][])
        [
            ["load-zone", zone, server.PathOf("zone")],
            ["import-tsig-key", "transfer", "hmac-sha256", LiveServer.Secret],
            ["set-meta", zone, "TSIG-ALLOW-DNSUPDATE", "transfer"],
            ["set-meta", zone, "TSIG-ALLOW-AXFR", "transfer"],
        ])
        {
            await TestKeys.RunAsync("pdnsutil", [$"--config-dir={server.Directory}", .. command]);
        }

        await server.StartAsync("pdns_server", [$"--config-dir={server.Directory}"], () => server.HasAsync(zone));
        return server;
    }
}
