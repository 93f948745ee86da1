using System.Diagnostics;
using Federation.TestKit.Processes;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Reference;

/// <summary>A BIND of the machine on a free port of the loopback, ended with the test. One zone, which may be transferred and updated with a key.</summary>
internal sealed class BindServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bind").FullName;
    private readonly Process _process;
    private readonly Task<string> _log;

    private BindServer(string key, string secret, string zone, string text)
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
            key "{{key}}" { algorithm hmac-sha256; secret "{{secret}}"; };
            zone "{{zone}}" {
              type primary;
              file "{{_directory}}/zone";
              allow-transfer { key "{{key}}"; };
              allow-update { key "{{key}}"; };
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

    public static async Task<BindServer> StartAsync(string key, string secret, string zone, string text)
    {
        var server = new BindServer(key, secret, zone, text);
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
