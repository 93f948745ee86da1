using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Federation.Api.Agents;
using Federation.Api.Clusters;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>What one node shall know: of each work the newest word, and of each service where its peers are. Level-triggered: a stream says what is in here now, however it came to be. Thread-safe.</summary>
internal sealed class NodeOutbox
{
    /// <summary>Between two bookmarks of a stream that has nothing else to say.</summary>
    public static readonly TimeSpan SignInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WorkEvent> _works = [];
    private readonly Dictionary<string, WorkEvent> _endpoints = [];
    private readonly HashSet<Subscription> _streams = [];
    private ImmutableArray<PodEviction> _evictions = [];
    private NodeSettings? _settings;
    private readonly string _store;
    private readonly long _start;
    private readonly TimeProvider _time;
    private long _revision;
    private long _forgotten;

    /// <param name="store">The identity under which revisions count: one life of the cluster agent.</param>
    /// <param name="start">The revision at which that life began; nothing was sent at it.</param>
    /// <param name="time">For signs of life.</param>
    public NodeOutbox(string store, long start, TimeProvider time) => (_store, _start, _revision, _time) = (store, start, start, time);

    /// <summary>The position of the newest word: a node that has applied the stream up to it knows everything that it shall know now.</summary>
    public (string Store, long Revision) Newest
    {
        get
        {
            lock (_lock)
                return (_store, _revision);
        }
    }

    /// <summary>Work, tombstone or endpoints; its own revision is the position of the word.</summary>
    public void Put(WorkEvent word)
    {
        lock (_lock)
        {
            var uid = UidOf(word);
            (word.Type == WorkEventType.Endpoints ? _endpoints : _works)[uid] = word;
            _revision = Math.Max(_revision, word.Revision);
            foreach (var stream in _streams)
                stream.Mark_NeedsLock(uid);
        }
    }

    /// <summary>There is nothing more to say about the work. The node keeps what it has.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
            _works.Remove(uid);
    }

    /// <summary>Nothing is known of the service any more. A stream that has not heard its last word begins with a snapshot, which does not name it.</summary>
    public void RemoveEndpoints(string uid)
    {
        lock (_lock)
        {
            if (_endpoints.Remove(uid, out var last))
                _forgotten = Math.Max(_forgotten, last.Revision);
        }
    }

    /// <summary>The pods that shall stop now; said in every bookmark until they are not named any more.</summary>
    public void SetEvictions(ImmutableArray<PodEviction> evictions)
    {
        lock (_lock)
        {
            if (_evictions.SequenceEqual(evictions))
                return;
            _evictions = evictions;
            Wake_NeedsLock();
        }
    }

    public void SetSettings(NodeSettings? settings)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_settings, settings))
                return;
            _settings = settings;
            Wake_NeedsLock();
        }
    }

    /// <summary>The stream of works. A position of another life, or none, begins with a snapshot.</summary>
    public async IAsyncEnumerable<WorkEvent> FollowAsync(long since, string? sinceStore, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var resumes = CanResume(since, sinceStore);
        using var stream = Subscribe(resumes ? since : null);
        var position = resumes ? since : 0;
        if (!resumes)
            yield return new WorkEvent { Type = WorkEventType.Snapshot, Store = _store };
        while (true)
        {
            var (words, bookmark) = stream.Take();
            // First of all what shall stop: a smaller share that follows then finds its pod chosen.
            if (bookmark.Evictions.Count > 0 && position > 0)
                yield return bookmark with { Revision = position };
            foreach (var word in words)
                yield return word with { Revision = position, Store = _store };
            position = bookmark.Revision;
            yield return bookmark;
            await stream.Changed.WaitAsync(SignInterval, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private bool CanResume(long since, string? sinceStore)
    {
        lock (_lock)
            return sinceStore == _store && since > _start && since >= _forgotten;
    }

    private Subscription Subscribe(long? since)
    {
        lock (_lock)
        {
            // A tombstone is repeated to whoever comes back, until it is confirmed.
            var marked = _works.Where(pair => since is null || pair.Value.Revision > since || pair.Value.Type == WorkEventType.Tombstone)
                .Concat(_endpoints.Where(pair => since is null ? pair.Value.Endpoints is { Peers.Count: > 0 } : pair.Value.Revision > since))
                .Select(pair => pair.Key);
            var stream = new Subscription(this, marked);
            _streams.Add(stream);
            return stream;
        }
    }

    private void Wake_NeedsLock()
    {
        foreach (var stream in _streams)
            stream.Wake_NeedsLock();
    }

    private static string UidOf(WorkEvent word) => word.Work?.Uid ?? word.Tombstone?.Uid ?? word.Endpoints!.WorkUid;

    /// <summary>What one stream has to say still: each work once, however often it changes.</summary>
    private sealed class Subscription : IDisposable
    {
        private readonly NodeOutbox _outbox;
        private HashSet<string> _marked;
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Subscription(NodeOutbox outbox, IEnumerable<string> marked) => (_outbox, _marked) = (outbox, [.. marked]);

        public Task Changed
        {
            get
            {
                lock (_outbox._lock)
                    return _changed.Task;
            }
        }

        public void Mark_NeedsLock(string uid)
        {
            _marked.Add(uid);
            Wake_NeedsLock();
        }

        public void Wake_NeedsLock() => _changed.TrySetResult();

        public (List<WorkEvent> Words, WorkEvent Bookmark) Take()
        {
            lock (_outbox._lock)
            {
                List<WorkEvent> words =
                [
                    .. _marked.Where(_outbox._works.ContainsKey).Select(uid => _outbox._works[uid]),
                    .. _marked.Where(_outbox._endpoints.ContainsKey).Select(uid => _outbox._endpoints[uid]),
                ];
                _marked = [];
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var bookmark = new WorkEvent
                {
                    Type = WorkEventType.Bookmark,
                    Revision = _outbox._revision,
                    Store = _outbox._store,
                    Evictions = _outbox._evictions,
                    Nodes = _outbox._settings is { } settings ? [settings] : [],
                };
                return (words, bookmark);
            }
        }

        public void Dispose()
        {
            lock (_outbox._lock)
                _outbox._streams.Remove(this);
        }
    }
}
