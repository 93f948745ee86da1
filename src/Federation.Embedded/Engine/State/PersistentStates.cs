using System.Reflection;
using System.Runtime.CompilerServices;
using Federation.Embedded.Engine.Activations;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Federation.Embedded.Engine.State;

/// <summary>A declared state as the activation sees it: something to read before the grain starts.</summary>
internal interface IReadableState
{
    Task ReadStateAsync(CancellationToken cancellationToken);
}

internal static class PersistentStates
{
    /// <summary>Makes the state object for a constructor parameter.</summary>
    public static IReadableState Create(ParameterInfo parameter, PersistentStateAttribute attribute, Activation activation)
    {
        var type = parameter.ParameterType;
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            throw new ArgumentException($"{parameter.Member.DeclaringType}: parameter '{parameter.Name}' has [PersistentState] and so must be an IPersistentState<T>.", nameof(parameter));

        var storageName = attribute.StorageName ?? "Default";
        var storage = activation.ActivationServices.GetKeyedService<IGrainStorage>(storageName)
            ?? throw new InvalidOperationException($"{parameter.Member.DeclaringType} wants grain storage '{storageName}', which is not registered.");
        return (IReadableState)Activator.CreateInstance(
            typeof(PersistentState<>).MakeGenericType(type.GetGenericArguments()), attribute.StateName, activation.GrainId, storage)!;
    }
}

/// <summary>A grain's durable state over a storage. A storage failure reaches the grain as an <see cref="OrleansException"/>.</summary>
internal sealed class PersistentState<T>(string name, GrainId grainId, IGrainStorage storage) : IPersistentState<T>, IReadableState
{
    private readonly GrainState<T> state = new(NewValue());

    public T State
    {
        get => state.State!;
        set => state.State = value;
    }

    public string? Etag => state.ETag;

    public bool RecordExists => state.RecordExists;

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        await GuardAsync("read", () => storage.ReadStateAsync(name, grainId, state, cancellationToken));
        state.State ??= NewValue();
    }

    public Task WriteStateAsync(CancellationToken cancellationToken) =>
        GuardAsync("write", () => storage.WriteStateAsync(name, grainId, state, cancellationToken));

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await GuardAsync("clear", () => storage.ClearStateAsync(name, grainId, state, cancellationToken));
        state.State ??= NewValue();
    }

    /// <summary>A value with every member at its default; a type without a parameterless constructor is not constructed.</summary>
    private static T NewValue() =>
        typeof(T).IsValueType || typeof(T).GetConstructor(Type.EmptyTypes) is null
            ? typeof(T).IsValueType ? default! : (T)RuntimeHelpers.GetUninitializedObject(typeof(T))
            : Activator.CreateInstance<T>();

    private async Task GuardAsync(string operation, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (exception is not (OrleansException or OperationCanceledException))
        {
            throw new OrleansException($"The storage could not {operation} state '{name}' of grain {grainId}: {exception.Message}", exception);
        }
    }
}
