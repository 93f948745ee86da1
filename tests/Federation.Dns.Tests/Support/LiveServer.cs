using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Federation.Dns.Hosting;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Federation.TestKit.Network;
using Federation.TestKit.Processes;
using Federation.TestKit.Waiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Federation.Dns.Tests.Support;

/// <summary>A whole name server on a free port of the loopback, as a host has it, fed by a test. It shares the key <c>transfer.</c> with others.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    public const string Secret = "5zB/Hb2jsaFrW/N+jYHSZh4NgNPW9TI0BdjGN1Xr+z4=";
    public const string LongSecret = "VGhpcyBzZWNyZXQgaXMgZm9yIHRlc3RzIG9ubHksIGFuZCBpdCBpcyBsb25nIGVub3VnaCBmb3IgU0hBLTUxMi4=";

    /// <summary>The keys as <c>dig -y</c> takes them.</summary>
    public const string Key = "hmac-sha256:transfer:" + Secret;
    public const string LongKey = "hmac-sha512:long.keys:" + LongSecret;

    private readonly string _keys = Path.GetTempFileName();
    private readonly Feed _feed = new();
    private readonly IHost _host;
    private bool _isDisposed;

    public LiveServer(Action<NameServerOptions>? configure = null)
    {
        File.WriteAllText(_keys, $"# name algorithm secret\ntransfer. hmac-sha256 {Secret}\nlong.keys. hmac-sha512 {LongSecret}\n");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IZoneSource>(_feed);
        builder.Services.AddNameServer(options =>
        {
            options.UdpWorkers = 1;
            options.Endpoints.Clear();
            options.Endpoints.Add(Ports.FreeEndpoint());
            options.Zone.NameServerAddresses.Add(IPAddress.Parse("192.0.2.53"));
            options.Transfers.KeysFile = _keys;
            configure?.Invoke(options);
        });
        _host = builder.Build();
    }

    public IPEndPoint Endpoint => _host.Services.GetRequiredService<NameServer>().Endpoints[0];

    public ZoneState State => _host.Services.GetRequiredService<ZoneState>();

    public TsigKeys Keys => _host.Services.GetRequiredService<TsigKeys>();

    public uint Serial => State.Current!.Main.Serial;

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public Task StartAsync() => _host.StartAsync();

    /// <summary>Returns when it is served.</summary>
    public async Task PublishAsync(long revision, params IReadOnlyList<ZoneChange> changes)
    {
        _feed.Batches.Writer.TryWrite(new ZoneBatch(changes, revision));
        await Eventually.TrueAsync(() => State.Current?.Main.Revision >= revision, $"revision {revision} is served");
    }

    /// <summary>Runs <c>dig</c> against the server and returns what it printed.</summary>
    public async Task<string> DigAsync(params string[] arguments)
    {
        var result = await Command.RunAsync("dig", [$"@{Endpoint.Address}", "-p", $"{Endpoint.Port}", "+time=5", "+tries=1", .. arguments]);
        return result.Output;
    }

    /// <summary>Asks over TCP from an address of the loopback.</summary>
    public async Task<Response> AskAsync(string from, byte[] query)
    {
        using var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        tcp.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await tcp.ConnectAsync(Endpoint);
        await tcp.SendAsync((byte[])[(byte)(query.Length >> 8), (byte)query.Length, .. query]);
        await using var stream = new NetworkStream(tcp);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length);
        var response = new byte[(length[0] << 8) | length[1]];
        await stream.ReadExactlyAsync(response);
        return TestMessage.Read(response);
    }

    /// <summary>All records that a secondary has when it has this version, sorted; without the second SOA.</summary>
    public List<string> Contents() => [.. ZoneContents.Of(State.Current!.Main).Select(record => $"{record.Owner} {record.Ttl} {record.Data.Type.ToMnemonic()} {RecordText.Format(record.Data)}").Distinct().Order(StringComparer.Ordinal)];

    /// <summary>May be called again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        File.Delete(_keys);
    }

    private sealed class Feed : IZoneSource
    {
        public Channel<ZoneBatch> Batches { get; } = Channel.CreateUnbounded<ZoneBatch>();

        public async IAsyncEnumerable<ZoneBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var batch in Batches.Reader.ReadAllAsync(cancellationToken))
                yield return batch;
        }
    }
}
