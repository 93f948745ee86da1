using System.Buffers.Binary;
using System.Net;

namespace Federation.Dns.Wire;

/// <summary>An IP address as two numbers, so that it can be masked, hashed and compared without an allocation. IPv4 is kept as its IPv6 mapping.</summary>
internal readonly record struct ClientAddress(ulong High, ulong Low)
{
    private const ulong MappedPrefix = 0xFFFF_0000_0000;
    private const int MappedBits = 96;
    private const int Ipv4Family = 2; // AF_INET and AF_INET6 of Linux, as a socket address begins
    private const int Ipv6Family = 10;

    public bool IsIPv4 => High == 0 && (Low & ~0xFFFF_FFFFUL) == MappedPrefix;

    public static ClientAddress FromIPv4(uint address) => new(0, MappedPrefix | address);

    public static ClientAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return FromBytes(bytes[..length]);
    }

    /// <param name="bytes">4 or 16, in network order.</param>
    public static ClientAddress FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new ClientAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>From a <c>sockaddr_in</c> or <c>sockaddr_in6</c> as the kernel writes it; of another family: the unspecified address.</summary>
    public static ClientAddress FromSocket(ReadOnlySpan<byte> address)
    {
        if (address.Length < 8)
            return default;
        var family = BinaryPrimitives.ReadUInt16LittleEndian(address);
        if (family == Ipv4Family)
            return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(address[4..]));
        return family == Ipv6Family && address.Length >= 24 ? FromBytes(address.Slice(8, 16)) : default;
    }

    /// <summary>The network of the address: its first bits, the others zero.</summary>
    /// <param name="bits">Of an IPv4 address 0 to 32, otherwise 0 to 128.</param>
    public ClientAddress Masked(int bits)
    {
        var kept = IsIPv4 ? bits + MappedBits : bits;
        var high = kept >= 64 ? ulong.MaxValue : ~(ulong.MaxValue >> kept);
        var low = kept >= 128 ? ulong.MaxValue : kept <= 64 ? 0 : ~(ulong.MaxValue >> (kept - 64));
        return new ClientAddress(High & high, Low & low);
    }

    /// <summary>Writes 4 or 16 bytes in network order and returns how many.</summary>
    public int Write(Span<byte> bytes)
    {
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Low);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return 16;
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        return new IPAddress(bytes[..Write(bytes)]);
    }
}

/// <summary>A network: an address whose bits after the first <paramref name="Bits"/> are zero.</summary>
internal readonly record struct ClientNetwork(ClientAddress Address, int Bits)
{
    public static ClientNetwork From(IPNetwork network) => new(ClientAddress.From(network.BaseAddress), network.PrefixLength);

    public bool Contains(ClientAddress address) => address.IsIPv4 == Address.IsIPv4 && address.Masked(Bits) == Address;
}
