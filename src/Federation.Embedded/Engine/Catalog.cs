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
    private readonly ConcurrentDictionary<GrainId, WorkerPool> pools = new();
    private volatile bool isClosed;

    public EmbeddedGrainEngine Engine { get; } = engine;

    public int Count => activations.Count + pools.Values.Sum(pool => pool.Workers.Count);

    private IEnumerable<Activation> All => activations.Values.Concat(pools.Values.SelectMany(pool => pool.Workers));

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

            if (classes.Find(id.Type) is not { } grainClass)
            {
                request.Reject(new ArgumentException($"No grain class is named '{id.Type}'.", nameof(id)));
                return;
            }

            if (grainClass.MaxWorkers is not null)
            {
                pools.GetOrAdd(id, static (id, own) => new WorkerPool(id, own.grainClass, own.catalog), (grainClass, catalog: this)).Deliver(request);
                return;
            }

            activation = activations.GetOrAdd(id, static (id, own) => new Activation(id, own.grainClass, own.catalog), (grainClass, catalog: this));
        }

        activation.Deliver(request);
    }

    public void Remove(Activation activation)
    {
        if (activation.Pool is { } pool)
            pool.Remove(activation);
        else
            activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
    }

    /// <summary>Ends activations that nobody used for the given time.</summary>
    public void Collect(TimeSpan age)
    {
        var now = Engine.Time.GetUtcNow();
        var reason = new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"No request for {age}.");
        foreach (var activation in InOrder(All.Where(activation => activation.IsIdle(age, now))))
            activation.Deactivate(reason);
    }

    /// <summary>Makes no more activations, ends those there are, and completes when all have ended.</summary>
    public Task CloseAsync()
    {
        isClosed = true;
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The process stops.");
        return Task.WhenAll(InOrder(All).Select(activation => activation.EndAsync(reason)).ToArray());
    }

    /// <summary>Drops everything at once, as a crash does.</summary>
    public void Abandon()
    {
        isClosed = true;
        foreach (var activation in All)
            activation.StopTimers();
        activations.Clear();
        pools.Clear();
    }

    /// <summary>By id, so that a simulation with the same seed takes the same course.</summary>
    private static Activation[] InOrder(IEnumerable<Activation> activations) => [.. activations.OrderBy(activation => activation.GrainId.ToString(), StringComparer.Ordinal)];
}
