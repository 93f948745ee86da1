using System.Runtime.CompilerServices;
using Federation.Dns.Answering.Cookies;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Tsig;
using Federation.Dns.Wire;
using Federation.Dns.Zones;

namespace Federation.Dns.Answering;

/// <summary>From a query packet to its response: read, decide, limit, encode, count. Allocates nothing; any number of threads may share one.</summary>
internal sealed class Responder(ZoneState zone, ResponderSettings settings)
{
    /// <summary>The most that plain DNS over UDP may carry (RFC 1035 section 4.2.1).</summary>
    public const int PlainUdpSize = 512;

    /// <summary>Fetches what answers to a batch of packets will need; for one thread.</summary>
    /// <param name="capacity">Packets of one batch, at most.</param>
    public ReadAhead CreateReadAhead(int capacity) => new(zone, capacity);

    /// <summary>Answers one packet.</summary>
    /// <param name="packet">As it arrived; anything.</param>
    /// <param name="response">At least as long as the largest response of the transport, never under 512 bytes.</param>
    /// <param name="arrival">The transport decides how long the response may be; the sender's address, how many.</param>
    /// <param name="counters">Those of the calling thread.</param>
    /// <returns>The length of the response; 0: none is due.</returns>
    public int Answer(ReadOnlySpan<byte> packet, Span<byte> response, in Arrival arrival, QueryCounters counters) => Answer(packet, response, arrival, counters, 0);

    /// <param name="packet">As it arrived.</param>
    /// <param name="response">The whole room.</param>
    /// <param name="arrival">How it arrived.</param>
    /// <param name="counters">Those of the calling thread.</param>
    /// <param name="reserve">Bytes of what the client takes that are kept for a signature.</param>
    [SkipLocalsInit]
    private int Answer(ReadOnlySpan<byte> packet, Span<byte> response, in Arrival arrival, QueryCounters counters, int reserve)
    {
        Span<byte> name = stackalloc byte[QueryReader.NameBufferLength];
        var verdict = QueryReader.Read(packet, name, out var query);
        if (verdict != QueryVerdict.Answer)
            return Reject(packet, query, verdict, response, arrival.Transport, counters);
        if (query.TsigAt != 0)
            return AnswerSigned(packet, query, response, arrival, counters);

        query.Client = arrival.Client;
        query.Places = settings.Places.Current;
        query.Signers = settings.Signing.Current;
        query.Identity = settings.Identity;
        Span<byte> cookieReply = stackalloc byte[ServerCookies.Length];
        var cookie = query.Edns.HasCookie
            ? settings.Cookies.Check(packet.Slice(query.Edns.CookieAt, query.Edns.CookieLength), arrival.Client, cookieReply)
            : CookieState.None;

        var decision = Decider.Decide(query, name[..query.NameLength], zone.Apex, zone.Current);
        if (arrival.Transport == Transport.Udp && cookie != CookieState.Proven && settings.Limiter is { } limiter)
        {
            var admission = limiter.Admit(arrival.Client, decision.Kind);
            if (admission != Admission.Send)
                counters.CountLimited(admission);
            if (admission == Admission.Drop)
                return 0;

            // Who knows cookies is asked to prove its address with the one that comes along; anyone else, by a connection.
            if (admission == Admission.Slip)
                decision = cookie == CookieState.Unproven ? Decision.Error(ResponseCode.BadCookie) : new Decision { IsCutShort = true };
        }

        var edns = ReplyTo(packet, query.Edns, arrival.Transport, cookie == CookieState.None ? default : cookieReply);
        var length = ResponseEncoder.Write(packet, query, name[..query.NameLength], decision, response, LimitOf(query, response.Length, arrival.Transport) - reserve, edns, out var code);
        counters.Count(arrival.Transport, code, query.Type);
        counters.CountAnswer(decision, code);
        settings.QueryLog?.Offer(packet, query, decision, code, arrival);
        return length;
    }

    /// <summary>Answers a signed query as if it were none, and signs the answer; says why where the signature is not accepted. Allocates.</summary>
    private int AnswerSigned(ReadOnlySpan<byte> packet, in Query query, Span<byte> response, in Arrival arrival, QueryCounters counters)
    {
        var signature = TsigVerdict.Of(packet, query.TsigAt, settings.Keys, settings.Time);
        if (signature.IsMalformed)
            return Reject(packet, query, QueryVerdict.FormatError, response, arrival.Transport, counters);
        if (!signature.IsGood)
        {
            // Over UDP the sender may be forged: what goes back is about as long as what came, and limited.
            if (arrival.Transport == Transport.Udp && settings.Limiter is { } limiter && limiter.Admit(arrival.Client, Decision.Error(ResponseCode.NotAuthoritative).Kind) != Admission.Send)
            {
                counters.CountLimited(Admission.Drop);
                return 0;
            }

            var refused = ResponseEncoder.Write(packet, query, default, Decision.Error(ResponseCode.NotAuthoritative), response, PlainUdpSize, default, out var code);
            counters.Count(arrival.Transport, code, query.Type);
            return signature.Explain(response, refused);
        }

        var room = signature.Chain!.Room;
        var length = Answer(signature.Strip(packet), response, arrival, counters, room);
        return length == 0 || length + room > response.Length ? 0 : signature.Chain.Sign(response, length);
    }

    private int Reject(ReadOnlySpan<byte> packet, in Query query, QueryVerdict verdict, Span<byte> response, Transport transport, QueryCounters counters)
    {
        if (verdict == QueryVerdict.Drop)
        {
            counters.CountDropped(transport);
            return 0;
        }

        var decision = Decision.Error(verdict == QueryVerdict.FormatError ? ResponseCode.FormatError : ResponseCode.NotImplemented);
        var edns = new EdnsReply { IsPresent = query.Edns.IsPresent, DnssecOk = query.Edns.DnssecOk, CompactOk = query.Edns.CompactOk, UdpSize = (ushort)settings.MaxUdpSize };
        var length = ResponseEncoder.Write(packet, query, default, decision, response, PlainUdpSize, edns, out var code);
        counters.Count(transport, code, query.Type);
        return length;
    }

    private EdnsReply ReplyTo(ReadOnlySpan<byte> packet, in EdnsQuery edns, Transport transport, ReadOnlySpan<byte> cookie) => new()
    {
        IsPresent = edns.IsPresent,
        DnssecOk = edns.DnssecOk,
        CompactOk = edns.CompactOk,
        UdpSize = (ushort)settings.MaxUdpSize,
        Cookie = cookie,
        ServerId = edns.WantsServerId ? settings.ServerId.Span : default,
        Subnet = edns.Subnet.IsPresent ? packet.Slice(edns.Subnet.At, edns.Subnet.Length) : default,
        IsPadded = edns.WantsPadding && transport == Transport.Tls,
        Keepalive = edns.WantsKeepalive && transport != Transport.Udp ? settings.Keepalive : null,
    };

    private int LimitOf(in Query query, int responseLength, Transport transport)
    {
        if (transport != Transport.Udp)
            return Math.Min(responseLength, ushort.MaxValue);

        // Sizes below 512 count as 512 (RFC 6891 section 6.2.3).
        var asked = query.Edns.IsPresent ? Math.Clamp(query.Edns.UdpSize, PlainUdpSize, settings.MaxUdpSize) : PlainUdpSize;
        return Math.Min(responseLength, asked);
    }
}
