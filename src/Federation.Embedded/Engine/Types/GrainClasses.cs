using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Types;

/// <summary>The grain classes of the given assemblies, by name and by interface.</summary>
internal sealed class GrainClasses
{
    /// <summary>What is known of a class is the same in every engine, and finding it out compiles its factory.</summary>
    private static readonly ConcurrentDictionary<Type, GrainClass> Known = new();

    private readonly FrozenDictionary<GrainType, GrainClass> byName;
    private readonly FrozenDictionary<Type, GrainClass[]> byInterface;

    public GrainClasses(IEnumerable<Assembly> assemblies)
    {
        var classes = assemblies.Distinct()
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false } && type.IsAssignableTo(typeof(IGrainBase)))
            .Select(type => Known.GetOrAdd(type, static type => new GrainClass(type)))
            .ToArray();

        if (classes.GroupBy(grainClass => grainClass.Name).FirstOrDefault(group => group.Count() > 1) is { } clash)
            throw new InvalidOperationException($"Grain classes share the name '{clash.Key}': {string.Join(", ", clash.Select(grainClass => grainClass.Type))}.");

        byName = classes.ToFrozenDictionary(grainClass => grainClass.Name);
        byInterface = classes
            .SelectMany(grainClass => grainClass.Interfaces.Select(type => (Interface: type, Class: grainClass)))
            .GroupBy(pair => pair.Interface, pair => pair.Class)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray());
    }

    public GrainClass? Find(GrainType name) => byName.GetValueOrDefault(name);

    /// <summary>The one class that implements the interface.</summary>
    /// <param name="interfaceType">A grain interface.</param>
    /// <param name="classNamePrefix">Chooses among several by the start of the class's full name.</param>
    public GrainClass Implementing(Type interfaceType, string? classNamePrefix)
    {
        var candidates = byInterface.GetValueOrDefault(interfaceType, []);
        if (classNamePrefix is not null)
            candidates = [.. candidates.Where(candidate => candidate.Type.FullName!.StartsWith(classNamePrefix, StringComparison.Ordinal))];
        return candidates switch
        {
            [var only] => only,
            [] => throw new ArgumentException($"No grain class implements {interfaceType}; is its assembly registered with AddEmbeddedGrains?", nameof(interfaceType)),
            _ => throw new ArgumentException($"{interfaceType} is implemented by several grain classes: {string.Join(", ", candidates.Select(candidate => candidate.Type))}.", nameof(interfaceType)),
        };
    }
}
