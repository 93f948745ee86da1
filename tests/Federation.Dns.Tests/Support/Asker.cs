using Federation.Dns.Answering;
using Federation.Dns.Zones;

namespace Federation.Dns.Tests.Support;

/// <summary>Asks a responder without a network.</summary>
internal sealed class Asker(ZoneState zone, int maxUdpSize = 1232)
{
    private readonly Responder _responder = new(zone, maxUdpSize);
    private readonly byte[] _buffer = new byte[ushort.MaxValue];

    public QueryCounters Counters { get; } = new();

    public int Send(ReadOnlySpan<byte> packet, Transport transport = Transport.Udp) =>
        _responder.Answer(packet, transport == Transport.Udp ? _buffer.AsSpan(0, maxUdpSize) : _buffer, transport, Counters);

    public Response Ask(ReadOnlySpan<byte> packet, Transport transport = Transport.Udp)
    {
        var length = Send(packet, transport);
        length.ShouldBeGreaterThan(0, "no response");
        return TestMessage.Read(_buffer.AsSpan(0, length));
    }

    public Response Ask(string name, string type, Transport transport = Transport.Udp) => Ask(TestMessage.Query(name, type), transport);
}
