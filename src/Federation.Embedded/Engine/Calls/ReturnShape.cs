using System.Reflection;

namespace Federation.Embedded.Engine.Calls;

/// <summary>How the result of a call becomes what the method's signature promises.</summary>
/// <param name="NewCall">Makes a call with a completion of the right type.</param>
/// <param name="ToReturnValue">Turns the completion into the return value.</param>
/// <param name="Completed">The return value of a call nobody waits for.</param>
internal sealed record ReturnShape(Func<CallTarget, MethodModel, object?[], Call> NewCall, Func<Task, object?> ToReturnValue, object? Completed)
{
    private static readonly MethodInfo ForResultMethod = typeof(ReturnShape).GetMethod(nameof(ForResult), BindingFlags.NonPublic | BindingFlags.Static)!;

    public static ReturnShape Of(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(void))
            return new ReturnShape(NewPlainCall, static _ => null, Completed: null);
        if (type == typeof(Task))
            return new ReturnShape(NewPlainCall, static task => task, Task.CompletedTask);
        if (type == typeof(ValueTask))
            return new ReturnShape(NewPlainCall, static task => new ValueTask(task), default(ValueTask));

        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (definition != typeof(Task<>) && definition != typeof(ValueTask<>))
        {
            throw new NotSupportedException(
                $"{method.DeclaringType}.{method.Name} returns {type}; a grain method returns Task, Task<T>, ValueTask or ValueTask<T>.");
        }

        return (ReturnShape)ForResultMethod.MakeGenericMethod(type.GetGenericArguments()).Invoke(obj: null, [definition == typeof(ValueTask<>)])!;
    }

    private static PlainCall NewPlainCall(CallTarget target, MethodModel method, object?[] arguments) => new(target, method, arguments);

    private static ReturnShape ForResult<T>(bool isValueTask) => new(
        static (target, method, arguments) => new ResultCall<T>(target, method, arguments),
        isValueTask ? static task => new ValueTask<T>((Task<T>)task) : static task => task,
        isValueTask ? default(ValueTask<T>) : Task.FromResult(default(T)));
}
