using Federation.Api;
using Federation.Api.Meta;
using Federation.Storage.Cache;

namespace Federation.Grains.Owners;

/// <summary>An object that names another as its owner.</summary>
/// <param name="Key">The dependent.</param>
/// <param name="Blocks">It holds up a foreground deletion of the owner.</param>
internal readonly record struct Dependent(ObjectKey Key, bool Blocks);

/// <summary>Who depends on whom, by the owner's uid: kept from the change log. Safe for concurrent use.</summary>
internal sealed class OwnerIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<ObjectKey, Dependent>> _dependents = [];
    private readonly Dictionary<ObjectKey, IReadOnlyList<OwnerReference>> _owners = [];
    private readonly List<(long Revision, TaskCompletionSource Reached)> _waiters = [];
    private long _revision;

    public void Reset(IEnumerable<CachedObject> objects, long revision)
    {
        lock (_lock)
        {
            _dependents.Clear();
            _owners.Clear();
            foreach (var cached in objects)
                PutNeedsLock(cached.Key, OwnerKeys.In(cached));
        }

        Advance(revision);
    }

    /// <param name="key">The object.</param>
    /// <param name="owners">Its references now; none when it is gone.</param>
    /// <returns>Its references until now.</returns>
    public IReadOnlyList<OwnerReference> Put(ObjectKey key, IReadOnlyList<OwnerReference> owners)
    {
        lock (_lock)
            return PutNeedsLock(key, owners);
    }

    public IReadOnlyList<Dependent> DependentsOf(string uid)
    {
        lock (_lock)
            return _dependents.TryGetValue(uid, out var dependents) ? [.. dependents.Values] : [];
    }

    /// <summary>Everything up to here is in the index.</summary>
    public void Advance(long revision)
    {
        List<TaskCompletionSource> reached = [];
        lock (_lock)
        {
            _revision = Math.Max(_revision, revision);
            reached.AddRange(_waiters.Where(waiter => waiter.Revision <= _revision).Select(waiter => waiter.Reached));
            _waiters.RemoveAll(waiter => waiter.Revision <= _revision);
        }

        foreach (var waiter in reached)
            waiter.TrySetResult();
    }

    public Task WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_revision >= revision)
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((revision, reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    private IReadOnlyList<OwnerReference> PutNeedsLock(ObjectKey key, IReadOnlyList<OwnerReference> owners)
    {
        var before = _owners.GetValueOrDefault(key) ?? [];
        foreach (var owner in before)
        {
            if (_dependents.TryGetValue(owner.Uid, out var dependents) && dependents.Remove(key) && dependents.Count == 0)
                _dependents.Remove(owner.Uid);
        }

        foreach (var owner in owners)
        {
            if (!_dependents.TryGetValue(owner.Uid, out var dependents))
                _dependents[owner.Uid] = dependents = [];
            dependents[key] = new Dependent(key, owner.BlockOwnerDeletion == true);
        }

        if (owners.Count == 0)
            _owners.Remove(key);
        else
            _owners[key] = owners;
        return before;
    }
}
