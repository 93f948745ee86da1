using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Signing;

/// <summary>An unbound of the machine as a validating resolver on a free port of the loopback: it trusts the keys it is given, and asks one server for their zones.</summary>
internal sealed class UnboundServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("unbound").FullName;
    private readonly Process _process;
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };

    private UnboundServer(IPEndPoint authority, int port, IReadOnlyList<ZoneKey> trusted, string more)
    {
        var zones = string.Join('\n', trusted.Select(key => key.Zone).Distinct().Select(zone => $"stub-zone:\n  name: \"{zone}\"\n  stub-addr: {authority.Address}@{authority.Port}"));
        File.WriteAllText(Path.Combine(_directory, "anchors"), string.Concat(trusted.Select(KeyFile.WritePublic)));
        File.WriteAllText(Path.Combine(_directory, "unbound.conf"), $"""
            server:
              directory: "{_directory}"
              chroot: ""
              username: ""
              pidfile: ""
              logfile: "{_directory}/log"
              use-syslog: no
              do-daemonize: no
              num-threads: 1
              interface: 127.0.0.1
              port: {port}
              do-ip6: no
              do-not-query-localhost: no
              module-config: "validator iterator"
              trust-anchor-file: "{_directory}/anchors"
              aggressive-nsec: yes
              val-log-level: 2
              minimal-responses: no
              local-zone: "test." nodefault
            {more}
            remote-control:
              control-enable: no
            {zones}
            """);
        _udp.Connect(IPAddress.Loopback, port);
        _process = Process.Start(new ProcessStartInfo(Program, ["-d", "-c", Path.Combine(_directory, "unbound.conf")]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("unbound did not start.");
    }

    /// <summary>Debian keeps it where only root's path looks.</summary>
    private static string Program { get; } = File.Exists("/usr/sbin/unbound") ? "/usr/sbin/unbound" : "unbound";

    public string Log => File.Exists(Path.Combine(_directory, "log")) ? File.ReadAllText(Path.Combine(_directory, "log")) : "";

    /// <param name="authority">Who is asked.</param>
    /// <param name="trusted">Keys of the zones asked for.</param>
    /// <param name="more">Options of its section <c>server</c>.</param>
    public static async Task<UnboundServer> StartAsync(IPEndPoint authority, IReadOnlyList<ZoneKey> trusted, string more = "")
    {
        var server = new UnboundServer(authority, Ports.Free(), trusted, more);
        await Eventually.TrueAsync(
            () =>
            {
                try
                {
                    return server.Ask("localhost", "A").Status == "NOERROR";
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "unbound answers",
            seen: () => server.Log);
        return server;
    }

    /// <summary>Validated, unless the answer says otherwise.</summary>
    /// <param name="name">Asked for.</param>
    /// <param name="type">Asked for.</param>
    /// <param name="options">Of EDNS, as they are sent; null: none.</param>
    public Response Ask(string name, string type, byte[]? options = null)
    {
        _udp.Send(TestMessage.Query(name, type, edns: (4096, 0, true), options: options));
        var buffer = new byte[ushort.MaxValue];
        return TestMessage.Read(buffer.AsSpan(0, _udp.Receive(buffer)));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _udp.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
