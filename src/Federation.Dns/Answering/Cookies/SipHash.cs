using System.Buffers.Binary;
using System.Numerics;

namespace Federation.Dns.Answering.Cookies;

/// <summary>SipHash-2-4: a short keyed hash that who does not know the key can neither guess nor make (Aumasson and Bernstein, 2012).</summary>
internal static class SipHash
{
    public const int KeyLength = 16;

    public static ulong Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        var k0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        var k1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
        var v0 = k0 ^ 0x736F6D6570736575;
        var v1 = k1 ^ 0x646F72616E646F6D;
        var v2 = k0 ^ 0x6C7967656E657261;
        var v3 = k1 ^ 0x7465646279746573;
        var last = (ulong)message.Length << 56;
        while (message.Length >= sizeof(ulong))
        {
            Compress(BinaryPrimitives.ReadUInt64LittleEndian(message), ref v0, ref v1, ref v2, ref v3);
            message = message[sizeof(ulong)..];
        }

        for (var i = 0; i < message.Length; i++)
            last |= (ulong)message[i] << (8 * i);
        Compress(last, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xFF;
        for (var i = 0; i < 4; i++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Compress(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
