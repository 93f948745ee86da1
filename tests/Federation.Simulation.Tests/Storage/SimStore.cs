using Federation.Api;
using Federation.Simulation.Tests.Kernel;
using Federation.Storage;

namespace Federation.Simulation.Tests.Storage;

/// <summary>The database: what is committed is there for good, whoever crashes. Silos reach it through a <see cref="SimStoreLink"/> each.</summary>
/// <remarks>Keeps the contract of <see cref="IObjectStore"/>: gap-free revisions in commit order, expected revisions, timers and claims.</remarks>
internal sealed class SimStore(World world)
{
    private readonly SortedDictionary<(string Kind, string Namespace, string Name), Row> _rows = new(RowOrder.Instance);
    private readonly List<Change> _changes = [];
    private readonly StoreIdentity _identity = new(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]));
    private TaskCompletionSource _grown = new();

    private sealed record Row(StoredObject Object, DateTimeOffset? ClaimedUntil);

    /// <summary>Called with each commit.</summary>
    public Action<Change>? Committed { get; set; }

    public long Revision => _changes.Count;

    public StoreIdentity Identity => _identity;

    public IEnumerable<StoredObject> All => _rows.Values.Select(row => row.Object);

    public StoredObject? Find(ObjectKey key) => _rows.GetValueOrDefault((key.Kind, key.Namespace, key.Name))?.Object;

    public StoreSnapshot Snapshot(string? kind) => new(Revision, [.. All.Where(found => kind is null || found.Key.Kind == kind)]);

    public WriteOutcome Write(ObjectWrite write)
    {
        var id = (write.Key.Kind, write.Key.Namespace, write.Key.Name);
        var found = _rows.GetValueOrDefault(id);
        var (current, expected) = (found?.Object.Revision ?? 0, write switch
        {
            ObjectWrite.Put put => put.ExpectedRevision,
            ObjectWrite.Delete delete => delete.ExpectedRevision,
            ObjectWrite.SetReconcileDue due => due.ExpectedRevision,
            _ => throw new InvalidOperationException($"No such write: {write}"),
        });
        if (current != expected)
            return new WriteOutcome.Conflict(current);
        switch (write)
        {
            case ObjectWrite.Put { Json.Length: > WriteOutcome.TooLarge.Limit } put:
                return new WriteOutcome.TooLarge(put.Json.Length);
            case ObjectWrite.Put put:
                _rows[id] = new Row(new StoredObject(put.Key, put.Uid, put.Generation, Revision + 1, put.Json, put.ReconcileDue), ClaimedUntil: null);
                Append(new Change(Revision + 1, ChangeType.Put, found is null, put.Key, put.Uid, put.Generation, put.Json, current, found?.Object.Json));
                return new WriteOutcome.Written(Revision);
            case ObjectWrite.SetReconcileDue due:
                if (found is not null)
                    _rows[id] = new Row(found.Object with { ReconcileDue = due.ReconcileDue }, ClaimedUntil: null);
                return new WriteOutcome.Written(current);
            default:
                if (found is null)
                    return new WriteOutcome.Written(current);
                _rows.Remove(id);
                var last = found.Object;
                Append(new Change(Revision + 1, ChangeType.Delete, false, last.Key, last.Uid, last.Generation, last.Json, current, last.Json));
                return new WriteOutcome.Written(Revision);
        }
    }

    public ChangePage Changes(long after, int limit, bool withPrevious) => new ChangePage.Page(
        [.. _changes.Skip((int)Math.Min(after, Revision)).Take(limit).Select(change => withPrevious ? change : change with { PreviousJson = null })], Revision);

    public IReadOnlyList<DueObject> Claim(DateTimeOffset now, int limit, TimeSpan claimFor)
    {
        List<DueObject> claimed = [];
        foreach (var (id, row) in _rows.Where(pair => DueAt(pair.Value) <= now).OrderBy(pair => pair.Value.Object.ReconcileDue).Take(limit).ToList())
        {
            _rows[id] = row with { ClaimedUntil = now + claimFor };
            claimed.Add(new DueObject(row.Object.Key, row.Object.Uid, row.Object.Revision, row.Object.ReconcileDue!.Value, now + claimFor));
        }

        return claimed;
    }

    public DateTimeOffset? NextDue() => _rows.Values.Select(DueAt).Where(due => due < DateTimeOffset.MaxValue).DefaultIfEmpty(DateTimeOffset.MaxValue).Min() is var first
        && first < DateTimeOffset.MaxValue ? first : null;

    /// <summary>Completes when there is something after the revision.</summary>
    public async Task WaitAsync(long after)
    {
        while (Revision <= after)
            await _grown.Task;
    }

    private static DateTimeOffset DueAt(Row row) =>
        row.Object.ReconcileDue is { } due ? row.ClaimedUntil is { } claimed && claimed > due ? claimed : due : DateTimeOffset.MaxValue;

    private void Append(Change change)
    {
        _changes.Add(change);
        world.Trace.Add($"store {change.Revision} {change.Type} {change.Key} {change.Uid} g{change.Generation} {change.Json.Length}");
        Committed?.Invoke(change);
        var grown = _grown;
        _grown = new TaskCompletionSource();
        grown.SetResult();
    }

    private sealed class RowOrder : IComparer<(string Kind, string Namespace, string Name)>
    {
        public static RowOrder Instance { get; } = new();

        public int Compare((string Kind, string Namespace, string Name) x, (string Kind, string Namespace, string Name) y)
        {
            var kind = string.CompareOrdinal(x.Kind, y.Kind);
            if (kind != 0)
                return kind;
            var home = string.CompareOrdinal(x.Namespace, y.Namespace);
            return home != 0 ? home : string.CompareOrdinal(x.Name, y.Name);
        }
    }
}
