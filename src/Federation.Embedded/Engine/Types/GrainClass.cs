using System.Reflection;
using Federation.Embedded.Engine.Activations;
using Federation.Embedded.Engine.State;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Federation.Embedded.Engine.Types;

/// <summary>What the engine knows about one grain class: its name, its rules and how to build one.</summary>
internal sealed class GrainClass
{
    private readonly ParameterInfo[] ownParameters;
    private readonly ObjectFactory factory;

    public GrainClass(Type type)
    {
        Type = type;
        Name = type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? GrainType.Create(DefaultName(type));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers;
        Interfaces = [.. type.GetInterfaces().Where(candidate => candidate.IsAssignableTo(typeof(IAddressable)) && candidate.Assembly != typeof(IGrain).Assembly)];

        var constructors = type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);
        ownParameters = constructors.Length == 1 ? [.. constructors[0].GetParameters().Where(IsProvidedByEngine)] : [];
        factory = ActivatorUtilities.CreateFactory(type, [.. ownParameters.Select(parameter => parameter.ParameterType)]);
    }

    public Type Type { get; }

    public GrainType Name { get; }

    /// <summary>Whether every request may interleave.</summary>
    public bool IsReentrant { get; }

    /// <summary>For a stateless worker, how many activations one key may have; null for an ordinary grain.</summary>
    public int? MaxWorkers { get; }

    public Type[] Interfaces { get; }

    /// <summary>Builds the grain object and the persistent states it declares. Runs as a turn of the activation.</summary>
    public (IGrainBase Grain, IReadOnlyList<IReadableState> States) Create(Activation activation)
    {
        List<IReadableState> states = [];
        var arguments = new object[ownParameters.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (ownParameters[i].GetCustomAttribute<PersistentStateAttribute>() is not { } attribute)
            {
                arguments[i] = activation;
                continue;
            }

            var state = PersistentStates.Create(ownParameters[i], attribute, activation);
            states.Add(state);
            arguments[i] = state;
        }

        return ((IGrainBase)factory(activation.ActivationServices, arguments), states);
    }

    private static bool IsProvidedByEngine(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(IGrainContext) || parameter.IsDefined(typeof(PersistentStateAttribute));

    /// <summary>The class name in lower case without its ending "Grain": the distributed engine's convention too.</summary>
    private static string DefaultName(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > "grain".Length ? name[..^"grain".Length] : name;
    }
}
