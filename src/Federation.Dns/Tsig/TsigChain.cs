using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Federation.Dns.Tsig;

/// <summary>The signatures of one exchange: of a request, then of each message of its response, where each covers the one before it (RFC 8945 sections 4.3 and 5.3).</summary>
/// <remarks>Used by both sides: who asks signs once and checks what comes; who answers begins with the request's MAC and signs what it sends. Not safe for concurrent use.</remarks>
internal sealed class TsigChain
{
    /// <summary>By how many seconds clocks may differ: the value that RFC 8945 section 10 recommends.</summary>
    public const ushort Fudge = 300;

    /// <summary>Unsigned messages between signed ones; a hundred are the most that a server may leave (RFC 8945 section 5.3.1).</summary>
    private const int MostUnsigned = 100;

    private readonly TsigKey _key;
    private readonly TimeProvider _time;
    private readonly List<byte[]> _unsigned = [];
    private byte[]? _prior;
    private bool _isContinued;

    private TsigChain(TsigKey key, TimeProvider time, byte[]? requestMac) => (_key, _time, _prior) = (key, time, requestMac);

    /// <summary>The bytes that a signature adds to a message.</summary>
    public int Room => Make(0, [], TsigError.None, []).Length;

    /// <summary>For who asks.</summary>
    public static TsigChain ForRequest(TsigKey key, TimeProvider time) => new(key, time, null);

    /// <summary>For who answers a request with this MAC.</summary>
    public static TsigChain ForResponse(TsigKey key, TimeProvider time, byte[] requestMac) => new(key, time, requestMac);

    /// <summary>Signs a request; the responses are checked against its MAC.</summary>
    public byte[] SignRequest(byte[] message)
    {
        var signed = new byte[message.Length + Room];
        message.CopyTo(signed, 0);
        var length = Sign(signed, message.Length);
        _isContinued = false;
        return signed[..length];
    }

    /// <summary>Signs a message in its buffer, which has <see cref="Room"/> behind it.</summary>
    /// <returns>Its length with the signature.</returns>
    public int Sign(Span<byte> message, int length) => Sign(message, length, Now(_time), TsigError.None, []);

    /// <summary>Signs what tells a client that its clock is wrong: with the client's time, and ours beside it (RFC 8945 section 5.2.3).</summary>
    public int SignBadTime(Span<byte> message, int length, ulong clientTime) =>
        Sign(message, length, clientTime, TsigError.BadTime, TsigRecord.TimeBytes(Now(_time)));

    /// <summary>Whether a message of the response is as the server sent it, and comes next.</summary>
    /// <param name="message">Whole, as received.</param>
    /// <param name="isLast">Nothing comes after it: it has to be signed, for who is to vouch for it otherwise?</param>
    public bool Accepts(ReadOnlySpan<byte> message, bool isLast)
    {
        if (TsigRecord.Find(message) is not { } record)
        {
            // The first and the last are signed; those between may go with the next one that is.
            if (!_isContinued || isLast || _unsigned.Count >= MostUnsigned)
                return false;
            _unsigned.Add(message.ToArray());
            return true;
        }

        if (!record.KeyName.Equals(_key.Name) || !record.Algorithm.Equals(_key.Algorithm.Name) || record.Error != TsigError.None)
            return false;
        if (!CryptographicOperations.FixedTimeEquals(MacOf(record.Strip(message), record), record.Mac))
            return false;
        Continue(record.Mac);
        return IsOnTime(record, _time);
    }

    public static bool IsOnTime(TsigRecord record, TimeProvider time)
    {
        var now = Now(time);
        return (now > record.TimeSigned ? now - record.TimeSigned : record.TimeSigned - now) <= record.Fudge;
    }

    /// <summary>The MAC that a request must have to be from who shares the key.</summary>
    public static byte[] RequestMac(TsigKey key, TimeProvider time, ReadOnlySpan<byte> message, TsigRecord record) =>
        ForRequest(key, time).MacOf(record.Strip(message), record);

    private static ulong Now(TimeProvider time) => (ulong)Math.Max(0, time.GetUtcNow().ToUnixTimeSeconds());

    private int Sign(Span<byte> message, int length, ulong timeSigned, TsigError error, byte[] other)
    {
        var unsigned = Make(timeSigned, [], error, other) with { OriginalId = BinaryPrimitives.ReadUInt16BigEndian(message) };
        var signed = unsigned with { Mac = MacOf(message[..length], unsigned) };
        Continue(signed.Mac);
        return signed.Append(message, length);
    }

    private void Continue(byte[] mac)
    {
        _unsigned.Clear();
        (_prior, _isContinued) = (mac, true);
    }

    private TsigRecord Make(ulong timeSigned, byte[] mac, TsigError error, byte[] other) =>
        new(0, _key.Name, _key.Algorithm.Name, timeSigned, Fudge, mac.Length == 0 ? new byte[_key.Algorithm.MacLength] : mac, 0, error, other);

    private byte[] MacOf(ReadOnlySpan<byte> message, TsigRecord record)
    {
        using var mac = _key.NewMac();
        if (_prior is { } prior)
        {
            mac.AppendData([(byte)(prior.Length >> 8), (byte)prior.Length]);
            mac.AppendData(prior);
        }

        foreach (var earlier in _unsigned)
            mac.AppendData(earlier);
        mac.AppendData(message);
        mac.AppendData(_isContinued ? record.Timers() : record.Variables());
        return mac.GetHashAndReset();
    }
}
