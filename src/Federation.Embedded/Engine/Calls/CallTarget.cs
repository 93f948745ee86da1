using Orleans.Runtime;

namespace Federation.Embedded.Engine.Calls;

/// <summary>Where the calls of a reference go.</summary>
internal abstract class CallTarget(EmbeddedGrainEngine engine, GrainId grainId)
{
    public EmbeddedGrainEngine Engine { get; } = engine;

    public GrainId GrainId { get; } = grainId;

    /// <summary>Hands the call to whoever runs it. Never throws: a failure is given to the call.</summary>
    public abstract void Dispatch(Call call);

    /// <summary>Sends a call and returns what the method returns: a task, a value task, or null for void.</summary>
    public object? Send(MethodModel method, object?[] arguments)
    {
        var call = method.NewCall(this, arguments);
        if (method.IsOneWay)
        {
            Dispatch(call);
            return method.Completed;
        }

        if (Engine.Killed.IsCancellationRequested)
            call.Reject(new SiloUnavailableException());
        else if (call.BeginWaiting())
            Dispatch(call);
        return method.ToReturnValue(call.Completion);
    }
}

/// <summary>A grain, active or not.</summary>
internal sealed class GrainTarget(EmbeddedGrainEngine engine, GrainId grainId) : CallTarget(engine, grainId)
{
    public override void Dispatch(Call call) => Engine.Catalog.Dispatch(GrainId, call);
}
