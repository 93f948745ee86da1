using Federation.Dns.Answering.Cookies;
using Federation.Dns.Answering.Counting;
using Federation.Dns.Answering.Limiting;
using Federation.Dns.Places;
using Federation.Dns.Signing;
using Federation.Dns.Tsig;

namespace Federation.Dns.Answering;

/// <summary>What a responder goes by besides the zones.</summary>
internal sealed record ResponderSettings
{
    /// <summary>The largest UDP response in bytes.</summary>
    public required int MaxUdpSize { get; init; }

    public required ServerCookies Cookies { get; init; }

    /// <summary>Where clients are.</summary>
    public PlaceState Places { get; init; } = new();

    /// <summary>Which zones are signed, and how.</summary>
    public SigningState Signing { get; init; } = new();

    /// <summary>Null: responses are not limited.</summary>
    public RateLimiter? Limiter { get; init; }

    /// <summary>Whose signed queries get signed answers (RFC 8945).</summary>
    public TsigKeys Keys { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Null: no query is logged.</summary>
    public QueryLog? QueryLog { get; init; }

    /// <summary>What NSID is answered with (RFC 5001); empty: nothing.</summary>
    public ReadOnlyMemory<byte> ServerId { get; init; }

    /// <summary>What is answered in class CHAOS.</summary>
    public ServerIdentity Identity { get; init; } = new("");

    /// <summary>How long a TCP connection may be idle, in units of 100 ms (RFC 7828).</summary>
    public ushort Keepalive { get; init; }
}
