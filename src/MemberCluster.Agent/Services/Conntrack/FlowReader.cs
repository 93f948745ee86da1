using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MemberCluster.Agent.Services.Conntrack;

/// <summary>Reads one entry of the kernel's table of connections: nested attributes of (length, type, value), each on a boundary of four bytes.</summary>
internal static class FlowReader
{
    private const int Original = 1;   // CTA_TUPLE_ORIG
    private const int Reply = 2;   // CTA_TUPLE_REPLY
    private const int ProtocolInfo = 4;   // CTA_PROTOINFO
    private const int Id = 12;   // CTA_ID
    private const int Zone = 18;   // CTA_ZONE
    private const int TypeMask = 0x3FFF;   // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
    private const byte Tcp = 6;
    private const byte Udp = 17;

    private readonly record struct Tuple(byte Protocol, IPEndPoint Source, IPEndPoint Target);

    /// <summary>The kernel's number for the flow's address family.</summary>
    public static byte FamilyOf(TrackedFlow flow) => (byte)(flow.Target.AddressFamily == AddressFamily.InterNetworkV6 ? 10 : 2);

    /// <summary>Null: neither TCP nor UDP.</summary>
    public static TrackedFlow? Read(ReadOnlySpan<byte> attributes)
    {
        Tuple? original = null, reply = null;
        byte state = 0;
        var key = new List<byte>();
        while (TryNext(ref attributes, out var type, out var value, out var whole))
        {
            switch (type)
            {
                case Original:
                    original = ReadTuple(value);
                    key.AddRange(whole);
                    break;
                case Reply:
                    reply = ReadTuple(value);
                    break;
                case ProtocolInfo:
                    state = ReadState(value);
                    break;
                case Id or Zone:
                    key.AddRange(whole);
                    break;
                default:
                    break;
            }
        }

        return original is { } there && reply is { } back ? new TrackedFlow
        {
            Protocol = there.Protocol == Udp ? ServiceProtocol.Udp : ServiceProtocol.Tcp,
            Client = there.Source,
            Target = there.Target,
            Answerer = back.Source,
            State = state,
            Key = [.. key],
        }
        : null;
    }

    private static Tuple? ReadTuple(ReadOnlySpan<byte> tuple)
    {
        IPAddress? source = null, target = null;
        byte protocol = 0;
        ushort sourcePort = 0, targetPort = 0;
        while (TryNext(ref tuple, out var type, out var value, out _))
        {
            if (type == 1)   // CTA_TUPLE_IP
            {
                // CTA_IP_V4_SRC, CTA_IP_V4_DST, CTA_IP_V6_SRC, CTA_IP_V6_DST
                while (TryNext(ref value, out var part, out var address, out _))
                {
                    if (part is 1 or 3)
                        source = new IPAddress(address);
                    else if (part is 2 or 4)
                        target = new IPAddress(address);
                }
            }
            else if (type == 2)   // CTA_TUPLE_PROTO
            {
                // CTA_PROTO_NUM, CTA_PROTO_SRC_PORT, CTA_PROTO_DST_PORT
                while (TryNext(ref value, out var part, out var number, out _))
                {
                    if (part == 1)
                        protocol = number[0];
                    else if (part == 2)
                        sourcePort = BinaryPrimitives.ReadUInt16BigEndian(number);
                    else if (part == 3)
                        targetPort = BinaryPrimitives.ReadUInt16BigEndian(number);
                }
            }
        }

        return protocol is Tcp or Udp && source is not null && target is not null
            ? new Tuple(protocol, new IPEndPoint(source, sourcePort), new IPEndPoint(target, targetPort))
            : null;
    }

    private static byte ReadState(ReadOnlySpan<byte> info)
    {
        while (TryNext(ref info, out var type, out var value, out _))
        {
            if (type != 1)   // CTA_PROTOINFO_TCP
                continue;
            while (TryNext(ref value, out var part, out var state, out _))
            {
                if (part == 1)   // CTA_PROTOINFO_TCP_STATE
                    return state[0];
            }
        }

        return 0;
    }

    private static bool TryNext(ref ReadOnlySpan<byte> attributes, out int type, out ReadOnlySpan<byte> value, out ReadOnlySpan<byte> whole)
    {
        type = 0;
        value = whole = default;
        if (attributes.Length < 4)
            return false;
        var length = MemoryMarshal.Read<ushort>(attributes);
        if (length < 4 || length > attributes.Length)
            return false;
        type = MemoryMarshal.Read<ushort>(attributes[2..]) & TypeMask;
        value = attributes[4..length];
        var padded = Math.Min(attributes.Length, (length + 3) & ~3);
        whole = attributes[..padded];
        attributes = attributes[padded..];
        return true;
    }
}
