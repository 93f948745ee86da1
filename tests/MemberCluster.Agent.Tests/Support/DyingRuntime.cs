using System.Reflection;
using MemberCluster.Agent.Runtime;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>At which operation an agent dies, and whether the engine still does it.</summary>
internal sealed class Death(int operation, bool isAnswerLost, Action onDeath)
{
    private int _count;

    public bool Happened { get; private set; }

    /// <summary>True when this operation is not to be asked of the engine.</summary>
    public bool IsBefore(out bool isLast)
    {
        isLast = Interlocked.Increment(ref _count) == operation;
        if (isLast && !isAnswerLost)
            Die();
        return Happened;
    }

    public void Die()
    {
        Happened = true;
        onDeath();
    }
}

/// <remarks>Neither sealed nor internal: it is derived from while the test runs.</remarks>
/// <summary>A connection to an engine that breaks for good at one operation, as the connection of an agent that is killed does.</summary>
public class DyingRuntime : DispatchProxy
{
    private object? _target;
    private Death? _death;

    internal static IContainerRuntime Around(IContainerRuntime runtime, Death death) => Around<IContainerRuntime>(runtime, death);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        if (targetMethod.Name.StartsWith("get_", StringComparison.Ordinal))
        {
            return targetMethod.Invoke(_target, args) switch
            {
                IContainers containers => Around(containers, _death!),
                IImages images => Around(images, _death!),
                INetworks networks => Around(networks, _death!),
                IVolumes volumes => Around(volumes, _death!),
                var other => other,
            };
        }

        if (!typeof(Task).IsAssignableFrom(type))
            return targetMethod.Invoke(_target, args);
        if (_death!.IsBefore(out var isLast))
            throw new OperationCanceledException("dead");
        var task = targetMethod.Invoke(_target, args);
        if (!isLast)
            return task;
        return type.IsGenericType
            ? typeof(DyingRuntime).GetMethod(nameof(LoseAsync), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type.GetGenericArguments()).Invoke(null, [task, _death])
            : LoseNothingAsync((Task)task!, _death);
    }

    private static T Around<T>(T target, Death death) where T : class
    {
        var proxy = Create<T, DyingRuntime>();
        ((DyingRuntime)(object)proxy)._target = target;
        ((DyingRuntime)(object)proxy)._death = death;
        return proxy;
    }

    private static async Task<T> LoseAsync<T>(Task<T> task, Death death)
    {
        await Task.WhenAny(task);
        death.Die();
        throw new OperationCanceledException("dead");
    }

    private static async Task LoseNothingAsync(Task task, Death death)
    {
        await Task.WhenAny(task);
        death.Die();
        throw new OperationCanceledException("dead");
    }
}
