using System.Buffers.Binary;
using Federation.Dns.Wire;

namespace Federation.Dns.Answering;

/// <summary>The OPT record of a response: what is said in it, how long it is, and its bytes.</summary>
internal ref struct EdnsReply
{
    private const int FixedLength = 11;
    private const int PaddedTo = 468;

    /// <summary>Whether there is one: as the query had one (RFC 6891 section 6.1.1).</summary>
    public bool IsPresent;

    /// <summary>The DO bit goes back as it came (RFC 3225 section 3).</summary>
    public bool DnssecOk;

    /// <summary>Whether a missing name is called so by the response code, too; goes back as it came (RFC 9824 section 5.1).</summary>
    public bool CompactOk;

    /// <summary>The size of UDP messages that we take.</summary>
    public ushort UdpSize;

    /// <summary>The client's cookie and ours; empty: none.</summary>
    public ReadOnlySpan<byte> Cookie;

    /// <summary>Empty: none.</summary>
    public ReadOnlySpan<byte> ServerId;

    /// <summary>The data of the client subnet option as it came; empty: none.</summary>
    public ReadOnlySpan<byte> Subnet;

    /// <summary>In units of 100 ms; null: none.</summary>
    public ushort? Keepalive;

    /// <summary>The response is as long as many others, for who watches an encrypted connection (RFC 8467).</summary>
    public bool IsPadded;

    /// <summary>Without padding, but for its head.</summary>
    public readonly int Length => !IsPresent ? 0
        : FixedLength + LengthOf(Cookie) + LengthOf(ServerId) + LengthOf(Subnet) + (Keepalive is null ? 0 : EdnsOptionReader.HeadLength + sizeof(ushort))
        + (IsPadded ? EdnsOptionReader.HeadLength : 0);

    /// <summary>Bytes of padding up to a multiple of 468 bytes: the policy that hid the most for the least (RFC 8467 section 4.1).</summary>
    /// <param name="position">How long the response is without this record.</param>
    /// <param name="limit">How long it may be.</param>
    public readonly int PaddingFor(int position, int limit)
    {
        var length = position + Length;
        return IsPadded ? Math.Clamp(limit - length, 0, (PaddedTo - (length % PaddedTo)) % PaddedTo) : 0;
    }

    /// <param name="opt">At least <see cref="Length"/> and <paramref name="padding"/> bytes.</param>
    /// <param name="code">The response code, whose upper bits go here.</param>
    /// <param name="scopeBits">How much of the client's subnet the answer was made for; 0: it is the same for everybody (RFC 7871 section 7.2.1).</param>
    /// <param name="padding">Bytes of padding.</param>
    public readonly void Write(Span<byte> opt, ResponseCode code, byte scopeBits, int padding)
    {
        opt[0] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(opt[1..], (ushort)RecordType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(opt[3..], UdpSize);
        opt[5] = (byte)((byte)code >> 4);
        opt[6] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(opt[7..], (ushort)((DnssecOk ? 0x8000 : 0) | (CompactOk ? 0x4000 : 0)));
        BinaryPrimitives.WriteUInt16BigEndian(opt[9..], (ushort)(Length + padding - FixedLength));
        var at = FixedLength;
        Append(opt, ref at, EdnsOption.ServerId, ServerId);
        if (!Subnet.IsEmpty)
        {
            const int scopeAt = EdnsOptionReader.HeadLength + 3;
            var begin = at;
            Append(opt, ref at, EdnsOption.ClientSubnet, Subnet);
            opt[begin + scopeAt] = scopeBits;
        }

        Append(opt, ref at, EdnsOption.Cookie, Cookie);
        if (Keepalive is { } keepalive)
        {
            Span<byte> timeout = stackalloc byte[sizeof(ushort)];
            BinaryPrimitives.WriteUInt16BigEndian(timeout, keepalive);
            Append(opt, ref at, EdnsOption.Keepalive, timeout);
        }

        if (!IsPadded)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(opt[at..], (ushort)EdnsOption.Padding);
        BinaryPrimitives.WriteUInt16BigEndian(opt[(at + 2)..], (ushort)padding);
        opt.Slice(at + EdnsOptionReader.HeadLength, padding).Clear();
    }

    private static int LengthOf(ReadOnlySpan<byte> data) => data.IsEmpty ? 0 : EdnsOptionReader.HeadLength + data.Length;

    private static void Append(Span<byte> opt, ref int at, EdnsOption option, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(opt[at..], (ushort)option);
        BinaryPrimitives.WriteUInt16BigEndian(opt[(at + 2)..], (ushort)data.Length);
        data.CopyTo(opt[(at + EdnsOptionReader.HeadLength)..]);
        at += EdnsOptionReader.HeadLength + data.Length;
    }
}
