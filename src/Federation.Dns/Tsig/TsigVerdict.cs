using System.Security.Cryptography;

namespace Federation.Dns.Tsig;

/// <summary>What is found about a signed request (RFC 8945 section 5.2).</summary>
internal sealed class TsigVerdict
{
    private readonly TsigRecord? _record;
    private readonly TsigError _error;

    private TsigVerdict(TsigRecord? record, TsigError error, TsigKey? key, TsigChain? chain) => (_record, _error, Key, Chain) = (record, error, key, chain);

    /// <summary>The signature cannot be read: a format error.</summary>
    public bool IsMalformed => _record is null;

    /// <summary>The request is from who shares the key, and new.</summary>
    public bool IsGood => _record is not null && _error == TsigError.None;

    /// <summary>Whose request it is; null: nobody's that is known.</summary>
    public TsigKey? Key { get; }

    /// <summary>Signs the response; null: there is no key to do it with.</summary>
    public TsigChain? Chain { get; }

    /// <summary>Checks a request: the key, then the signature, then the time.</summary>
    /// <param name="packet">Whole, as received.</param>
    /// <param name="at">Where the last record begins.</param>
    /// <param name="keys">Those that are known.</param>
    /// <param name="time">Says what the time is.</param>
    public static TsigVerdict Of(ReadOnlySpan<byte> packet, int at, TsigKeys keys, TimeProvider time)
    {
        if (TsigRecord.Read(packet, at) is not { } record)
            return new TsigVerdict(null, TsigError.None, null, null);
        if (keys.Find(record.KeyName) is not { } key || !key.Algorithm.Name.Equals(record.Algorithm))
            return new TsigVerdict(record, TsigError.BadKey, null, null);
        var full = key.Algorithm.MacLength;
        if (record.Mac.Length > full || record.Mac.Length < Math.Max(10, full / 2))
            return new TsigVerdict(null, TsigError.None, null, null); // RFC 8945 section 5.2.2.1
        var mac = TsigChain.RequestMac(key, time, packet, record);
        if (!CryptographicOperations.FixedTimeEquals(mac.AsSpan(0, record.Mac.Length), record.Mac))
            return new TsigVerdict(record, TsigError.BadSignature, null, null);
        var chain = TsigChain.ForResponse(key, time, record.Mac);
        if (!TsigChain.IsOnTime(record, time))
            return new TsigVerdict(record, TsigError.BadTime, null, chain);
        return record.Mac.Length < full ? new TsigVerdict(record, TsigError.BadTruncation, null, chain) : new TsigVerdict(record, TsigError.None, key, chain);
    }

    /// <summary>The request as it was before it was signed.</summary>
    public byte[] Strip(ReadOnlySpan<byte> packet) => _record!.Strip(packet);

    /// <summary>Puts behind a refusal why the signature is not accepted: signed where that can be, as the client cannot tell otherwise who says so.</summary>
    /// <returns>The length of the message with it; where there is no room, without.</returns>
    public int Explain(Span<byte> message, int length)
    {
        if (_error == TsigError.BadTime && length + Chain!.Room + 6 <= message.Length)
            return Chain.SignBadTime(message, length, _record!.TimeSigned);
        var plain = _record! with { Mac = [], Error = _error, Other = [] };
        return length + plain.Length <= message.Length ? plain.Append(message, length) : length;
    }
}
