using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Federation.Dns.Answering;
using Federation.Dns.Tests.Support;
using Federation.TestKit.Network;
using Federation.TestKit.Waiting;

namespace Federation.Dns.Tests.Reference;

/// <summary>A Knot DNS of the machine on a free port of the loopback, ended with the test.</summary>
internal sealed class KnotServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("knot").FullName;
    private readonly Socket _udp;
    private Process? _process;

    private KnotServer(string configuration, int port)
    {
        Port = port;
        Directory.CreateDirectory(Path.Combine(_directory, "db"));
        File.WriteAllText(Configuration, $"""
            server:
                rundir: {_directory}
                listen: 127.0.0.1@{port}
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: {_directory}/db
            log:
              - target: {_directory}/log
                any: info
            {configuration.Replace("DIRECTORY", _directory, StringComparison.Ordinal)}
            """);
        _udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        _udp.Connect(IPAddress.Loopback, port);
    }

    /// <summary>Debian keeps it where only root's path looks.</summary>
    public static string Program { get; } = File.Exists("/usr/sbin/knotd") ? "/usr/sbin/knotd" : "knotd";

    public int Port { get; }

    private string Configuration => Path.Combine(_directory, "knot.conf");

    public string Log => File.Exists(Path.Combine(_directory, "log")) ? File.ReadAllText(Path.Combine(_directory, "log")) : "";

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
        var server = new KnotServer(configuration, port == 0 ? Ports.Free() : port);
        if (prepare is not null)
            await prepare(server.Configuration);
        server._process = Process.Start(new ProcessStartInfo(Program, ["-c", server.Configuration]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("knotd did not start.");
        if (zone is not null)
            await Eventually.TrueAsync(() => server.TryAsk(TestMessage.Query(zone, "SOA")) is { Status: "NOERROR" }, "Knot answers", seen: () => server.Log);
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
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _udp.Dispose();
        Directory.Delete(_directory, recursive: true);
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
