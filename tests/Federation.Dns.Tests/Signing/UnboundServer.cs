using System.Net;
using System.Net.Sockets;
using Federation.Dns.Signing.Keys;
using Federation.Dns.Tests.Reference;
using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Signing;

/// <summary>An unbound of the machine as a validating resolver on a free port of the loopback: it trusts the keys it is given, and asks one server for their zones.</summary>
internal sealed class UnboundServer : IAsyncDisposable
{
    private readonly ServerProcess _server = new("unbound");
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 20_000 };

    private UnboundServer(IPEndPoint authority, IReadOnlyList<ZoneKey> trusted, string more)
    {
        var zones = string.Join('\n', trusted.Select(key => key.Zone).Distinct().Select(zone => $"stub-zone:\n  name: \"{zone}\"\n  stub-addr: {authority.Address}@{authority.Port}"));
        _server.Write("anchors", string.Concat(trusted.Select(KeyFile.WritePublic)));
        _server.Write("unbound.conf", $"""
            server:
              directory: "{_server.Directory}"
              chroot: ""
              username: ""
              pidfile: ""
              logfile: "{_server.Directory}/log"
              use-syslog: no
              do-daemonize: no
              num-threads: 1
              interface: 127.0.0.1
              port: {_server.Port}
              do-ip6: no
              do-not-query-localhost: no
              module-config: "validator iterator"
              trust-anchor-file: "{_server.Directory}/anchors"
              aggressive-nsec: yes
              val-log-level: 2
              minimal-responses: no
              local-zone: "test." nodefault
            {more}
            remote-control:
              control-enable: no
            {zones}
            """);
        _udp.Connect(IPAddress.Loopback, _server.Port);
    }

    public string Log => _server.Log;

    /// <param name="authority">Who is asked.</param>
    /// <param name="trusted">Keys of the zones asked for.</param>
    /// <param name="more">Options of its section <c>server</c>.</param>
    public static async Task<UnboundServer> StartAsync(IPEndPoint authority, IReadOnlyList<ZoneKey> trusted, string more = "")
    {
        var server = new UnboundServer(authority, trusted, more);
        await server._server.StartAsync("unbound", ["-d", "-c", server._server.PathOf("unbound.conf")], () => Task.FromResult(server.Answers()));
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
        await _server.DisposeAsync();
        _udp.Dispose();
    }

    private bool Answers()
    {
        try
        {
            return Ask("localhost", "A").Status == "NOERROR";
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
