using System.Collections.Immutable;
using Federation.Api;
using Federation.Api.Meta;

namespace Federation.Gateway.Sources;

/// <summary>All objects of a reported kind (pods, nodes) with a change log of their own, in memory: lists and watches work on them as on stored objects.</summary>
/// <remarks>Revisions begin at this start's time, so that one from before a restart is recognised as too old. Each change has its own.</remarks>
internal sealed class ReportedTable
{
    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly long _first;
    private readonly ObjectChange[] _ring;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile State _state;

    /// <param name="name">Tells its history from that of other tables.</param>
    /// <param name="capacity">How many changes watches may fall behind.</param>
    public ReportedTable(string name, TimeProvider time, int capacity)
    {
        _name = name;
        // A thousand changes for each millisecond: faster than they change, so the next start begins above this one's end.
        (_ring, _first) = (new ObjectChange[capacity], time.GetUtcNow().ToUnixTimeMilliseconds() * 1000);
        _state = new State(_first, ImmutableSortedSet.Create<ObjectView>(ReportedOrder.Instance));
    }

    public long Revision => _state.Revision;

    /// <summary>Each start of a gateway counts from its own first revision.</summary>
    public string History => $"{_name}-{_first}";

    public ObjectView? Find(ObjectKey key) => ReportedSnapshot.Find(_state.Objects, key);

    public Snapshot List(string? @namespace)
    {
        var state = _state;
        return ReportedSnapshot.Of(state.Revision, state.Objects, @namespace);
    }

    /// <summary>As it was at a revision; null: the changes since then are forgotten.</summary>
    public Snapshot? ListAt(string? @namespace, long revision)
    {
        State state;
        ObjectChange[]? changes;
        lock (_lock)
        {
            state = _state;
            changes = Read(revision).Changes;
        }

        if (changes is null)
            return null;
        var objects = state.Objects.ToBuilder();
        foreach (var change in Enumerable.Reverse(changes))
        {
            objects.Remove(change.After);
            if (change.Before is { } before)
                objects.Add(before);
        }

        return ReportedSnapshot.Of(revision, objects.ToImmutable(), @namespace);
    }

    /// <summary>Applies changes of one moment together.</summary>
    /// <param name="set">Objects that exist, with what they look like now; one that looks as before is no change.</param>
    public void Apply(IReadOnlyCollection<Resource> set, IReadOnlyCollection<ObjectKey> removed)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            var objects = _state.Objects.ToBuilder();
            var revision = _state.Revision;
            foreach (var resource in set)
            {
                var before = ReportedSnapshot.Find(_state.Objects, resource.Key);
                var after = new ObjectView(resource.WithRevision(revision + 1), revision + 1);
                if (before is not null && before.ShowsTheSameAs(after))
                    continue;
                revision++;
                objects.Remove(after);
                objects.Add(after);
                Log_NeedsLock(new ObjectChange(before, after, IsDelete: false));
            }

            foreach (var key in removed)
            {
                if (ReportedSnapshot.Find(_state.Objects, key) is not { } before)
                    continue;
                objects.Remove(before);
                Log_NeedsLock(new ObjectChange(before, before.At(++revision), IsDelete: true));
            }

            if (revision == _state.Revision)
                return;
            _state = new State(revision, objects.ToImmutable());
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public IChangeFeed Subscribe(long afterRevision) => new Feed(this, afterRevision);

    private void Log_NeedsLock(ObjectChange change) => _ring[change.After.Revision % _ring.Length] = change;

    /// <summary>The changes after a revision, and what to wait for when there are none; null changes: some are forgotten.</summary>
    private (ObjectChange[]? Changes, long Revision, Task Changed) Read(long after)
    {
        lock (_lock)
        {
            var revision = _state.Revision;
            if (after < Math.Max(_first, revision - _ring.Length) || after > revision)
                return (null, revision, Task.CompletedTask);
            var changes = new ObjectChange[revision - after];
            for (var index = 0; index < changes.Length; index++)
                changes[index] = _ring[(after + 1 + index) % _ring.Length];
            return (changes, revision, _changed.Task);
        }
    }

    private sealed record State(long Revision, ImmutableSortedSet<ObjectView> Objects);

    private sealed class Feed(ReportedTable table, long after) : IChangeFeed
    {
        private long _given = after;

        public async ValueTask<ChangeBatch> ReadAsync(CancellationToken until, CancellationToken cancellationToken)
        {
            var (changes, revision, changed) = table.Read(_given);
            if (changes is { Length: 0 })
            {
                await changed.WaitAsync(until).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                (changes, revision, _) = table.Read(_given);
            }

            if (changes is null)
                return new ChangeBatch([], _given, FeedEnd.Expired);
            _given = revision;
            return new ChangeBatch(changes, revision, FeedEnd.None);
        }
    }
}
