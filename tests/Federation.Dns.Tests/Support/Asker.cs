using System.Net;
using Federation.Dns.Answering;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Answering.Counting;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>Asks a responder without a network.</summary>
internal sealed class Asker(ZoneState zone, int maxUdpSize = 1232, ServerCookies? cookies = null, RateLimiter? limiter = null, string serverId = "", PlaceState? places = null, TsigKeys? keys = null, TimeProvider? time = null, SigningState? signing = null, QueryLog? log = null)
{
    private readonly byte[] _buffer = new byte[ushort.MaxValue];

    public Responder Responder { get; } = new(zone, new ResponderSettings
    {
        MaxUdpSize = maxUdpSize,
        Cookies = cookies ?? new ServerCookies(TimeProvider.System),
        Limiter = limiter,
        Signing = signing ?? new SigningState(),
        Places = places ?? new PlaceState(),
        ServerId = System.Text.Encoding.ASCII.GetBytes(serverId),
        Identity = new ServerIdentity(serverId),
        Keepalive = 100,
        Keys = keys ?? new TsigKeys(),
        Time = time ?? TimeProvider.System,
        QueryLog = log,
    });

    /// <summary>Where queries come from.</summary>
    public IPAddress Client { get; set; } = IPAddress.Parse("198.51.100.9");

    public QueryCounters Counters { get; } = new();

    /// <summary>The room of the latest response.</summary>
    public ReadOnlySpan<byte> LastResponse => _buffer;

    public int Send(ReadOnlySpan<byte> packet, Transport transport = Transport.Udp) =>
        Responder.Answer(packet, transport == Transport.Udp ? _buffer.AsSpan(0, maxUdpSize) : _buffer, new Arrival(transport, ClientAddress.From(Client)), Counters);

    public Response Ask(ReadOnlySpan<byte> packet, Transport transport = Transport.Udp)
    {
        var length = Send(packet, transport);
        length.ShouldBeGreaterThan(0, "no response");
        return TestMessage.Read(_buffer.AsSpan(0, length));
    }

    public Response Ask(string name, string type, Transport transport = Transport.Udp) => Ask(TestMessage.Query(name, type), transport);
}
