using System.Diagnostics;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Processes;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Reference;

/// <summary>A BIND of the machine on a free port of the loopback, ended with the test. One zone, which may be transferred and updated with the key that <see cref="LiveServer"/> has.</summary>
internal sealed class BindServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bind").FullName;
    private readonly Process _process;
    private readonly Task<string> _log;

    private BindServer(string zone, string text)
    {
        Port = Ports.Free();
        File.WriteAllText(Path.Combine(_directory, "zone"), text);
        File.WriteAllText(Path.Combine(_directory, "named.conf"), $$"""
            options {
              directory "{{_directory}}";
              pid-file "{{_directory}}/pid";
              session-keyfile "{{_directory}}/session.key";
              listen-on port {{Port}} { 127.0.0.1; };
              listen-on-v6 { none; };
              recursion no;
              dnssec-validation no;
            };
            controls { };
            key "transfer." { algorithm hmac-sha256; secret "{{LiveServer.Secret}}"; };
            zone "{{zone}}" {
              type primary;
              file "{{_directory}}/zone";
              allow-transfer { key "transfer."; };
              allow-update { key "transfer."; };
            };
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["-g", "-n", "1", "-c", Path.Combine(_directory, "named.conf")]) { UseShellExecute = false, RedirectStandardError = true })
            ?? throw new InvalidOperationException("named did not start.");
        _log = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Debian keeps it where only root's path looks.</summary>
    public static string Program { get; } = File.Exists("/usr/sbin/named") ? "/usr/sbin/named" : "named";

    public int Port { get; }

    /// <summary>Complete once it has ended.</summary>
    public string Log => _process.HasExited ? _log.Result : "named runs";

    public static async Task<BindServer> ServeToUpdatesAsync(string zone, string text)
    {
        var server = new BindServer(zone, text);
        await Eventually.TrueAsync(
            async () => (await Command.RunAsync("dig", ["@127.0.0.1", "-p", $"{server.Port}", "+short", "+tries=1", "+time=2", zone, "SOA"])).Output.Contains("hostmaster", StringComparison.Ordinal),
            "BIND answers",
            seen: () => server.Log);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
