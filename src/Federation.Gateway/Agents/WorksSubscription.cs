using Federation.Api;
using Federation.Storage;

namespace Federation.Gateway.Agents;

/// <summary>What one stream of works has to look at again. Holds each app once, however often it changes.</summary>
internal sealed class WorksSubscription
{
    private readonly Lock _lock = new();
    private HashSet<ObjectKey> _marked;
    private long _revision;
    private bool _hasEnded;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WorksSubscription(string cluster, StoreIdentity store, long revision, IEnumerable<ObjectKey> apps)
    {
        (Cluster, Store, _revision, _marked) = (cluster, store, revision, [.. apps]);
        _changed.SetResult();
    }

    public string Cluster { get; }

    public StoreIdentity Store { get; }

    public void Mark(ObjectKey key)
    {
        lock (_lock)
        {
            _marked.Add(key);
            _changed.TrySetResult();
        }
    }

    /// <summary>Everything up to here is marked.</summary>
    public void Reach(long revision)
    {
        lock (_lock)
            _revision = revision;
    }

    public void End()
    {
        lock (_lock)
        {
            _hasEnded = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>What is marked, and up to which revision that is everything; null: the stream must start over.</summary>
    public (HashSet<ObjectKey> Marked, long Revision)? Take()
    {
        lock (_lock)
        {
            if (_hasEnded)
                return null;
            var marked = _marked;
            _marked = [];
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (marked, _revision);
        }
    }

    /// <summary>Completes when something is marked.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }
}
