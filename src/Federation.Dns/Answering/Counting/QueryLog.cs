using Federation.Dns.Wire;
using Federation.Dns.Zones;
using Microsoft.Extensions.Logging;

namespace Federation.Dns.Answering.Counting;

/// <summary>Writes some of the queries to the log: so many a second at most, evenly over time, whatever arrives.</summary>
/// <param name="perSecond">At least 1.</param>
internal sealed partial class QueryLog(int perSecond, TimeProvider time, ILogger logger)
{
    private readonly long _interval = Math.Max(1, time.TimestampFrequency / perSecond);
    private long _next = time.GetTimestamp();
    private long _since;

    /// <param name="packet">The query; its question is read again only when it is written.</param>
    /// <param name="query">What was read of it.</param>
    /// <param name="decision">What it is answered with.</param>
    /// <param name="code">What the response says.</param>
    /// <param name="arrival">How it came.</param>
    public void Offer(ReadOnlySpan<byte> packet, in Query query, in Decision decision, ResponseCode code, in Arrival arrival)
    {
        Interlocked.Increment(ref _since);
        var (now, next) = (time.GetTimestamp(), Volatile.Read(ref _next));
        if (now < next || Interlocked.CompareExchange(ref _next, now + _interval, next) != next)
            return;
        var of = Interlocked.Exchange(ref _since, 0);
        var name = query.HasQuestion ? DnsName.FromWire(packet.Slice(Header.Length, query.NameLength)) : DnsName.Root;

        // Networks, not people: a client is told as far as answers may depend on it.
        var client = query.Audience;
        var bits = PreparedAnswer.StickyBits(client);
        var (network, type, said, policy) = (client.Masked(bits).ToIPAddress(), query.Type.ToMnemonic(), code.ToMnemonic(), decision.Node?.Policy?.ToString() ?? "none");
        LogQuery(of, arrival.Transport, network, bits, name, type, said, decision.Node?.Name, policy);
    }

    [LoggerMessage(EventId = 5201, Level = LogLevel.Information, Message = "One of {Of} queries: {Transport} from {Network}/{Bits} for {Name} {Type}: {Code}, answered as {Node}, policy {Policy}")]
    private partial void LogQuery(long of, Transport transport, System.Net.IPAddress network, int bits, DnsName name, string type, string code, DnsName? node, string policy);
}
