using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;

namespace Federation.Embedded.Engine.Calls;

/// <summary>What the engine knows about one method of a grain interface; built once, on its first call.</summary>
internal sealed class MethodModel
{
    private readonly Func<object, object?[], Task> invoke;
    private readonly Func<CallTarget, MethodModel, object?[], Call> newCall;
    private readonly Func<Task, object?> toReturnValue;

    public MethodModel(MethodInfo method)
    {
        var shape = ReturnShape.Of(method);
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        IsOneWay = method.ReturnType == typeof(void) || method.IsDefined(typeof(OneWayAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        AlwaysInterleaves = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        TokenIndex = Array.FindLastIndex(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
        Completed = shape.Completed;
        toReturnValue = shape.ToReturnValue;
        newCall = shape.NewCall;
        invoke = CompileInvoker(method);
    }

    public string Name { get; }

    public bool IsOneWay { get; }

    public bool IsReadOnly { get; }

    public bool AlwaysInterleaves { get; }

    /// <summary>The position of the cancellation token among the arguments; -1 without one.</summary>
    public int TokenIndex { get; }

    /// <summary>What a one-way call returns.</summary>
    public object? Completed { get; }

    public Call NewCall(CallTarget target, object?[] arguments) => newCall(target, this, arguments);

    public object? ToReturnValue(Task completion) => toReturnValue(completion);

    /// <summary>Calls the method; a value task is turned into a task, void into a completed one.</summary>
    public Task? Invoke(object instance, object?[] arguments) => invoke(instance, arguments);

    private static Func<object, object?[], Task> CompileInvoker(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object), "instance");
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");
        var typedArguments = method.GetParameters().Select((parameter, index) =>
            Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(index)), parameter.ParameterType));
        Expression call = Expression.Call(Expression.Convert(instance, method.DeclaringType!), method, typedArguments);

        if (method.ReturnType == typeof(void))
            call = Expression.Block(call, Expression.Constant(Task.CompletedTask));
        else if (method.ReturnType.IsValueType)
            call = Expression.Call(call, method.ReturnType.GetMethod(nameof(ValueTask.AsTask))!);
        return Expression.Lambda<Func<object, object?[], Task>>(Expression.Convert(call, typeof(Task)), instance, arguments).Compile();
    }
}
