using System.Runtime.CompilerServices;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>How a query arrived.</summary>
public enum Transport
{
    Udp,
    Tcp,
}

/// <summary>From a query packet to its response: read, decide, encode, count. Allocates nothing; any number of threads may share one.</summary>
internal sealed class Responder(ZoneState zone, int maxUdpSize)
{
    /// <summary>The most that plain DNS over UDP may carry (RFC 1035 section 4.2.1).</summary>
    public const int PlainUdpSize = 512;

    /// <summary>Answers one packet.</summary>
    /// <param name="packet">As it arrived; anything.</param>
    /// <param name="response">At least as long as the largest response of the transport, never under 512 bytes.</param>
    /// <param name="transport">Decides how long the response may be.</param>
    /// <param name="counters">Those of the calling thread.</param>
    /// <returns>The length of the response; 0: none is due.</returns>
    [SkipLocalsInit]
    public int Answer(ReadOnlySpan<byte> packet, Span<byte> response, Transport transport, QueryCounters counters)
    {
        Span<byte> name = stackalloc byte[QueryReader.NameBufferLength];
        var verdict = QueryReader.Read(packet, name, out var query);
        if (verdict != QueryVerdict.Answer)
            return Reject(packet, query, verdict, response, transport, counters);

        var decision = Decider.Decide(query, name[..query.NameLength], zone.Apex, zone.Current);
        counters.Count(transport, decision.Code, query.Type);
        return ResponseEncoder.Write(packet, query, decision, response, LimitOf(query, response.Length, transport), (ushort)maxUdpSize);
    }

    private static int Reject(ReadOnlySpan<byte> packet, in Query query, QueryVerdict verdict, Span<byte> response, Transport transport, QueryCounters counters)
    {
        if (verdict == QueryVerdict.Drop)
        {
            counters.CountDropped(transport);
            return 0;
        }

        var code = verdict == QueryVerdict.FormatError ? ResponseCode.FormatError : ResponseCode.NotImplemented;
        counters.Count(transport, code, query.Type);
        return ResponseEncoder.WriteRejection(packet, query, code, response);
    }

    private int LimitOf(in Query query, int responseLength, Transport transport)
    {
        if (transport == Transport.Tcp)
            return Math.Min(responseLength, ushort.MaxValue);

        // Sizes below 512 count as 512 (RFC 6891 section 6.2.3).
        var asked = query.Edns.IsPresent ? Math.Clamp(query.Edns.UdpSize, PlainUdpSize, maxUdpSize) : PlainUdpSize;
        return Math.Min(responseLength, asked);
    }
}
