using System.Buffers.Binary;

namespace Federation.Dns.Zones;

/// <summary>Numbers that look random and are the same in every process: all name servers decide alike about a client.</summary>
internal static class StableHash
{
    /// <summary>The finalizer of SplitMix64.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public static ulong Mix(ReadOnlySpan<byte> bytes)
    {
        var mixed = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            mixed = Mix(mixed ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var rest in bytes)
            mixed = Mix(mixed ^ rest);
        return mixed;
    }
}
