using System.Reflection;
using System.Reflection.Emit;

namespace Federation.Simulation.Tests.Kernel;

/// <summary>Makes hash codes of strings, and of what is made of them, the same in every process.</summary>
/// <remarks>
/// The runtime draws them anew for each process, and some collections (immutable dictionaries and sets) enumerate in their order. Within one process that
/// changes nothing; but a seed is replayed in another process than the one that found it.
/// </remarks>
internal static class Hashing
{
    /// <summary>First of all, before anything has a hash code.</summary>
    public static void Fix()
    {
        Set("System.Marvin", "<DefaultSeed>k__BackingField", OpCodes.Stind_I8);
        Set("System.HashCode", "s_seed", OpCodes.Stind_I4);
    }

    private static void Set(string type, string name, OpCode store)
    {
        var field = typeof(string).Assembly.GetType(type)?.GetField(name, BindingFlags.Static | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"This runtime keeps the seed of hash codes elsewhere than in {type}.{name}: runs cannot be repeated on it.");
        var method = new DynamicMethod("Set", null, Type.EmptyTypes, typeof(string).Module, skipVisibility: true);
        var code = method.GetILGenerator();
        code.Emit(OpCodes.Ldsflda, field);
        code.Emit(OpCodes.Ldc_I4, 12345);
        if (store == OpCodes.Stind_I8)
            code.Emit(OpCodes.Conv_I8);
        code.Emit(store);
        code.Emit(OpCodes.Ret);
        method.CreateDelegate<Action>()();
    }
}
