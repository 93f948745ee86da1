using System.Collections.Concurrent;
using Federation.Embedded.Engine.Activations;
using Federation.Embedded.Engine.Types;
using Orleans;
using Orleans.Runtime;

namespace Federation.Embedded.Engine;

/// <summary>The activations in memory: at most one per grain, made when a request arrives and none is there.</summary>
internal sealed class Catalog(EmbeddedGrainEngine engine, GrainClasses classes)
{
    private readonly ConcurrentDictionary<GrainId, Activation> activations = new();
    private volatile bool isClosed;

    public EmbeddedGrainEngine Engine { get; } = engine;

    public int Count => activations.Count;

    /// <summary>Gives the request to the grain's activation. Never throws: a failure is given to the request.</summary>
    public void Dispatch(GrainId id, Request request)
    {
        if (!activations.TryGetValue(id, out var activation))
        {
            if (isClosed)
            {
                request.Reject(new SiloUnavailableException());
                return;
            }

            try
            {
                activation = activations.GetOrAdd(id, static (id, catalog) => new Activation(id, catalog.ClassOf(id), catalog), this);
            }
            catch (ArgumentException exception)
            {
                request.Reject(exception);
                return;
            }
        }

        activation.Deliver(request);
    }

    public void Remove(Activation activation) => activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    /// <summary>Ends activations that nobody used for the given time.</summary>
    public void Collect(TimeSpan age)
    {
        var now = Engine.Time.GetUtcNow();
        var reason = new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"No request for {age}.");
        foreach (var activation in InOrder(activations.Values.Where(activation => activation.IsIdle(age, now))))
            activation.Deactivate(reason);
    }

    /// <summary>Makes no more activations, ends those there are, and completes when all have ended.</summary>
    public Task CloseAsync()
    {
        isClosed = true;
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The process stops.");
        return Task.WhenAll(InOrder(activations.Values).Select(activation => activation.EndAsync(reason)).ToArray());
    }

    /// <summary>Drops everything at once, as a crash does.</summary>
    public void Abandon()
    {
        isClosed = true;
        foreach (var activation in activations.Values)
            activation.StopTimers();
        activations.Clear();
    }

    /// <summary>By id, so that a simulation with the same seed takes the same course.</summary>
    private static Activation[] InOrder(IEnumerable<Activation> activations) => [.. activations.OrderBy(activation => activation.GrainId.ToString(), StringComparer.Ordinal)];

    private GrainClass ClassOf(GrainId id) => classes.Named(id.Type);
}
