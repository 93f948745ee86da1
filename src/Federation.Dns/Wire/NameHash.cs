using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Federation.Dns.Wire;

/// <summary>Lower-cases and hashes names in wire form, eight bytes at a time.</summary>
/// <remarks>
/// A label's length byte is at most 63 and therefore never one of the letters A to Z (65 to 90), so a whole name is lower-cased without looking at
/// where its labels begin. The hash is seeded per process: who may create names must not be able to choose names that collide.
/// </remarks>
internal static class NameHash
{
    private const ulong EveryByte = 0x0101010101010101;
    private const ulong HighBits = 0x80 * EveryByte;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private static readonly ulong Seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Copies <paramref name="name"/> in lower case to <paramref name="lower"/> (at least as long) and returns the hash of the copy.</summary>
    public static uint LowerAndHash(ReadOnlySpan<byte> name, Span<byte> lower)
    {
        lower = lower[..name.Length];
        var hash = Seed;
        while (name.Length >= sizeof(ulong))
        {
            var word = Lower(BinaryPrimitives.ReadUInt64LittleEndian(name));
            BinaryPrimitives.WriteUInt64LittleEndian(lower, word);
            hash = Mix(hash, word);
            name = name[sizeof(ulong)..];
            lower = lower[sizeof(ulong)..];
        }

        ulong tail = 0;
        for (var i = 0; i < name.Length; i++)
        {
            var letter = name[i];
            if ((uint)(letter - 'A') <= 'Z' - 'A')
                letter |= 0x20;
            lower[i] = letter;
            tail |= (ulong)letter << (8 * i);
        }

        return Finish(Mix(hash, tail ^ ((ulong)name.Length << 56)));
    }

    /// <summary>The hash of a name that is in lower case already; equal to what <see cref="LowerAndHash"/> returns for it.</summary>
    public static uint Hash(ReadOnlySpan<byte> lower)
    {
        var hash = Seed;
        while (lower.Length >= sizeof(ulong))
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(lower));
            lower = lower[sizeof(ulong)..];
        }

        ulong tail = 0;
        for (var i = 0; i < lower.Length; i++)
            tail |= (ulong)lower[i] << (8 * i);
        return Finish(Mix(hash, tail ^ ((ulong)lower.Length << 56)));
    }

    private static ulong Lower(ulong word)
    {
        // Per byte: add so that the high bit tells "at least A" and "above Z"; bytes of 128 and more are left alone.
        var seven = word & ~HighBits;
        var atLeastA = seven + ((0x80 - 'A') * EveryByte);
        var aboveZ = seven + ((0x7F - 'Z') * EveryByte);
        var upper = atLeastA & ~aboveZ & ~word & HighBits;
        return word | (upper >> 2);
    }

    private static ulong Mix(ulong hash, ulong word)
    {
        hash = (hash ^ word) * Multiplier;
        return hash ^ (hash >> 29);
    }

    private static uint Finish(ulong hash)
    {
        hash *= Multiplier;
        return (uint)(hash >> 32);
    }
}
