using System.Diagnostics;
using Federation.Dns.Tests.Signing;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Reference;

/// <summary>A PowerDNS of the machine on a free port of the loopback, with its LMDB backend; ended with the test. One zone, which may be transferred and updated with the key that <see cref="LiveServer"/> has.</summary>
internal sealed class PowerDnsServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pdns").FullName;
    private Process? _process;
    private Task<string> _log = Task.FromResult("");

    private PowerDnsServer() => File.WriteAllText(Path.Combine(_directory, "pdns.conf"), $"""
        launch=lmdb
        lmdb-filename={_directory}/db
        lmdb-shards=1
        local-address=127.0.0.1
        local-port={Port}
        socket-dir={_directory}
        dnsupdate=yes
        allow-dnsupdate-from=127.0.0.0/8
        daemon=no
        guardian=no
        disable-syslog=yes
        cache-ttl=0
        query-cache-ttl=0
        negquery-cache-ttl=0
        """);

    public int Port { get; } = Ports.Free();

    /// <summary>Complete once it has ended.</summary>
    public string Log => _log.IsCompletedSuccessfully ? _log.Result : "pdns_server runs";

    /// <summary>Debian keeps it where only root's path looks.</summary>
    private static string Program { get; } = File.Exists("/usr/sbin/pdns_server") ? "/usr/sbin/pdns_server" : "pdns_server";

    public static async Task<PowerDnsServer> ServeToUpdatesAsync(string zone, string text)
    {
        var server = new PowerDnsServer();
        await File.WriteAllTextAsync(Path.Combine(server._directory, "zone"), text);
        foreach (var command in (string[][])
        [
            ["load-zone", zone, Path.Combine(server._directory, "zone")],
            ["import-tsig-key", "transfer", "hmac-sha256", LiveServer.Secret],
            ["set-meta", zone, "TSIG-ALLOW-DNSUPDATE", "transfer"],
            ["set-meta", zone, "TSIG-ALLOW-AXFR", "transfer"],
        ])
        {
            await TestKeys.RunAsync("pdnsutil", [$"--config-dir={server._directory}", .. command]);
        }

        server._process = Process.Start(new ProcessStartInfo(Program, [$"--config-dir={server._directory}"]) { UseShellExecute = false, RedirectStandardError = true })
            ?? throw new InvalidOperationException("pdns_server did not start.");
        server._log = server._process.StandardError.ReadToEndAsync();
        await Eventually.TrueAsync(
            async () => (await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{server.Port}", "+short", "+tries=1", "+time=2", zone, "SOA"])).Output.Contains("hostmaster", StringComparison.Ordinal),
            "PowerDNS answers",
            seen: () => server.Log);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
