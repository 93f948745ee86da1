using Federation.Embedded.Engine.Activations;
using Federation.Embedded.Engine.Types;
using Orleans.Runtime;

namespace Federation.Embedded.Engine;

/// <summary>The activations of one stateless worker key. A request goes to the worker with the fewest; one more is made while all are busy.</summary>
internal sealed class WorkerPool(GrainId id, GrainClass grainClass, Catalog catalog)
{
    private readonly List<Activation> workers = [];
    private readonly Lock gate = new();

    public IReadOnlyList<Activation> Workers
    {
        get
        {
            lock (gate)
                return [.. workers];
        }
    }

    public void Deliver(Request request)
    {
        lock (gate)
        {
            var worker = workers.MinBy(candidate => candidate.Pending);
            if (worker is null || (worker.Pending > 0 && workers.Count < grainClass.MaxWorkers))
            {
                worker = new Activation(id, grainClass, catalog) { Pool = this };
                workers.Add(worker);
            }

            worker.Deliver(request);
        }
    }

    public void Remove(Activation worker)
    {
        lock (gate)
            workers.Remove(worker);
    }
}
