using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;

namespace Federation.Dns.Tests.Reference;

/// <summary>A Knot DNS of the machine on a free port of the loopback, ended with the test.</summary>
internal sealed class KnotServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ServerProcess _server;
    private readonly Socket _udp;

    private KnotServer(string configuration, int port)
    {
        _server = new ServerProcess("knot", port);
        Directory.CreateDirectory(_server.PathOf("db"));
        _server.Write("knot.conf", $"""
            server:
                rundir: {_server.Directory}
                listen: 127.0.0.1@{Port}
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: {_server.Directory}/db
            log:
              - target: {_server.PathOf("log")}
                any: info
            {configuration.Replace("DIRECTORY", _server.Directory, StringComparison.Ordinal)}
            """);
        _udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _udp.Connect(IPAddress.Loopback, Port);
    }

    public int Port => _server.Port;

    public string Log => _server.Log;

    private string Configuration => _server.PathOf("knot.conf");

    /// <summary>With one zone from text; answers when this returns.</summary>
    public static async Task<KnotServer> ServeAsync(string zone, string text)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, text);
        var server = await StartAsync($"zone:\n  - domain: {zone}\n    file: {file}\n", zone);
        File.Delete(file);
        return server;
    }

    /// <summary>With one zone from text that may be transferred and updated with the key that <see cref="LiveServer"/> has.</summary>
    public static async Task<KnotServer> ServeToUpdatesAsync(string zone, string text)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, text);
        var server = await StartAsync(
            $"""
            key:
              - id: transfer.
                algorithm: hmac-sha256
                secret: {LiveServer.Secret}
            acl:
              - id: push
                key: transfer.
                action: [update, transfer]
            zone:
              - domain: {zone}
                acl: push
                file: {file}
                zonefile-sync: -1
                journal-content: all
            """,
            zone);
        File.Delete(file);
        return server;
    }

    /// <param name="configuration">Sections after the server's own; <c>DIRECTORY</c> stands for its directory.</param>
    /// <param name="zone">Ready when it answers for this one.</param>
    /// <param name="port">Where it listens; 0: on a free one.</param>
    /// <param name="prepare">What is done with its configuration's file before it starts; null: nothing.</param>
    public static async Task<KnotServer> StartAsync(string configuration, string? zone, int port = 0, Func<string, Task>? prepare = null)
    {
        var server = new KnotServer(configuration, port);
        if (prepare is not null)
            await prepare(server.Configuration);
        await server._server.StartAsync(
            "knotd", ["-c", server.Configuration], () => Task.FromResult(zone is null || server.TryAsk(TestMessage.Query(zone, "SOA")) is { Status: "NOERROR" }));
        return server;
    }

    public Response Ask(byte[] query, Transport transport)
    {
        if (transport == Transport.Tcp)
            return TestMessage.Read(AskTcp(query));
        _udp.Send(query);
        var buffer = new byte[ushort.MaxValue];
        return TestMessage.Read(buffer.AsSpan(0, _udp.Receive(buffer)));
    }

    public Response? TryAsk(byte[] query)
    {
        try
        {
            return Ask(query, Transport.Tcp);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _udp.Dispose();
    }

    private byte[] AskTcp(byte[] query)
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        tcp.Connect(IPAddress.Loopback, Port);
        var framed = new byte[query.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed, 2);
        tcp.Send(framed);
        using var stream = new NetworkStream(tcp);
        var length = new byte[2];
        stream.ReadExactly(length);
        var response = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        stream.ReadExactly(response);
        return response;
    }
}
