using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Api.Nodes;
using Federation.Api.Pods;
using Federation.Api.Streams;
using Federation.TestKit.Streams;
using MemberCluster.Agent.ControlPlane;

namespace MemberCluster.Agent.Tests.Support;

/// <summary>The control plane as one agent sees it: a stream of works that can be cut, and a reader of reports as strict as the real one.</summary>
internal sealed class FakeControlPlane : IControlPlane
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, WorkEvent> _log = [];
    private readonly List<Channel<WorkEvent>> _watchers = [];
    private readonly Channel<StreamRequest> _requests = Channel.CreateUnbounded<StreamRequest>();
    private readonly List<Report> _reports = [];
    private readonly Dictionary<string, WorkStatus> _works = [];
    private readonly Dictionary<PodName, Pod> _pods = [];
    private readonly List<AgentEvent> _events = [];
    private readonly Dictionary<string, string> _answers = [];
    private string? _session;
    private long _sequence;
    private bool _isCut;
    private long _revision;

    public string Store { get; private set; } = "store-1";
    public bool IsUnauthorized { get; set; }
    public string JoinToken { get; init; } = "token";
    public string? Credential { get; private set; }
    public JoinRequest? Joined { get; private set; }
    public double LeaseSeconds { get; set; } = 5;

    /// <summary>So long fenced pets may run from each report on.</summary>
    public double FenceSeconds { get; set; }

    /// <summary>Where the stream must have been applied to for that; null: wherever it is.</summary>
    public long? FenceFrom { get; set; }

    /// <summary>True: reports arrive, and their answers are lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>True: the link is down.</summary>
    public bool IsCut
    {
        get => _isCut;
        set
        {
            lock (_lock)
            {
                _isCut = value;
                if (!value)
                    return;
                foreach (var watcher in _watchers)
                    watcher.Writer.TryComplete(new ControlPlaneException(ControlPlaneFailure.Unreachable, "cut"));
                _watchers.Clear();
            }
        }
    }

    /// <summary>Plays the asker's end of every stream; null: it is read to its end, into <see cref="Answers"/>.</summary>
    public Func<StreamTunnel, Task>? Asker { get; set; }

    /// <summary>What every bookmark says from now on.</summary>
    public IReadOnlyList<PodEviction> Evictions { get; private set; } = [];

    /// <summary>What people want of the machines; every bookmark says it from now on.</summary>
    public IReadOnlyList<NodeSettings> Wishes { get; private set; } = [];

    public IReadOnlyList<Report> Reports => Read(() => _reports.ToList());
    public IReadOnlyList<Pod> Pods => Read(() => _pods.Values.ToList());
    public IReadOnlyList<AgentEvent> Events => Read(() => _events.ToList());
    public IReadOnlyDictionary<string, string> Answers => Read(() => new Dictionary<string, string>(_answers));
    public IReadOnlyList<Node> Nodes => Read(() => _reports.LastOrDefault(report => report.Nodes is not null)?.Nodes ?? []);
    public ClusterInventory? Inventory => Read(() => _reports.LastOrDefault(report => report.Inventory is not null)?.Inventory);

    public WorkStatus? StatusOf(string uid) => Read(() => _works.GetValueOrDefault(uid));

    public long Apply(Work work)
    {
        lock (_lock)
        {
            work = work with { Revision = ++_revision };
            Publish(new WorkEvent { Type = WorkEventType.Work, Revision = _revision, Store = Store, Work = work });
            return _revision;
        }
    }

    public void Delete(string uid)
    {
        lock (_lock)
        {
            var work = _log.Values.Last(change => change.Work?.Uid == uid).Work!;
            var tombstone = new Tombstone { Uid = uid, Kind = work.Kind, Namespace = work.Namespace, Name = work.Name, Revision = ++_revision, Reason = "Deleted" };
            Publish(new WorkEvent { Type = WorkEventType.Tombstone, Revision = _revision, Store = Store, Tombstone = tombstone });
        }
    }

    /// <summary>Orders pods to stop; as the real one it goes on saying so until it is told otherwise.</summary>
    public void Evict(params PodEviction[] evictions)
    {
        lock (_lock)
        {
            Evictions = evictions;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(Bookmark());
        }
    }

    public void Wish(params NodeSettings[] wishes)
    {
        lock (_lock)
        {
            Wishes = wishes;
            foreach (var watcher in _watchers)
                watcher.Writer.TryWrite(Bookmark());
        }
    }

    /// <summary>A restored store: another identity, revisions from the start, and it knows of nothing.</summary>
    public void LoseMemory()
    {
        lock (_lock)
        {
            Store = "store-2";
            _revision = 0;
            _log.Clear();
            _session = null;
            _works.Clear();
            _pods.Clear();
        }

        IsCut = true;
        IsCut = false;
    }

    public void Ask(StreamRequest request) => _requests.Writer.TryWrite(request);

    public Task<JoinAnswer> JoinAsync(string joinToken, JoinRequest request, CancellationToken cancellationToken)
    {
        Check();
        if (joinToken != JoinToken)
            throw new ControlPlaneException(ControlPlaneFailure.Unauthorized, "the join token is not valid");
        Joined = request;
        return Task.FromResult(new JoinAnswer { Cluster = request.Cluster, Credential = "credential-of-" + request.Cluster, LeaseSeconds = LeaseSeconds });
    }

    public void UseCredential(string credential) => Credential = credential;

    public async IAsyncEnumerable<WorkEvent> WatchWorksAsync(long since, string? store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Check();
        var channel = Channel.CreateUnbounded<WorkEvent>();
        lock (_lock)
        {
            var isResumed = since > 0 && store == Store && since <= _revision;
            if (!isResumed)
                channel.Writer.TryWrite(new WorkEvent { Type = WorkEventType.Snapshot, Store = Store, Revision = _revision });
            // As the real stream: of each uid the newest word only.
            foreach (var change in _log.Values.GroupBy(UidOf).Select(group => group.Last()).Where(change => !isResumed || change.Revision > since))
                channel.Writer.TryWrite(change);
            channel.Writer.TryWrite(Bookmark());
            _watchers.Add(channel);
        }

        await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
            yield return change;
    }

    public Task<ReportAnswer> ReportAsync(Report report, CancellationToken cancellationToken)
    {
        Check();
        lock (_lock)
        {
            _reports.Add(report);
            var isExpected = report.Full || (report.Session == _session && report.Sequence == _sequence + 1);
            if (isExpected)
                Take(report);
            if (LosesAnswers)
                throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "the answer is lost");
            return Task.FromResult(new ReportAnswer { Acknowledged = isExpected ? report.Sequence : 0, Resync = !isExpected, LeaseSeconds = LeaseSeconds, FenceSeconds = FenceSeconds, FenceFrom = FenceFrom ?? 0, FenceStore = Store });
        }
    }

    public async IAsyncEnumerable<StreamRequest> WatchStreamsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Check();
        await foreach (var request in _requests.Reader.ReadAllAsync(cancellationToken))
            yield return request;
    }

    public Task<StreamTunnel> OpenStreamAsync(string id, CancellationToken cancellationToken)
    {
        var (gateway, agent) = TunnelPair.Create();
        _ = Asker is { } asker ? asker(gateway) : ReadAsync(id, gateway);
        return Task.FromResult(agent);
    }

    private async Task ReadAsync(string id, StreamTunnel gateway)
    {
        using var answer = new MemoryStream();
        while (await gateway.ReadAsync(CancellationToken.None) is { } frame)
            answer.Write(frame.Data.Span);
        lock (_lock)
            _answers[id] = Encoding.UTF8.GetString(answer.ToArray());
        await gateway.DisposeAsync();
    }

    public Task RefuseStreamAsync(string id, int code, string message, CancellationToken cancellationToken)
    {
        lock (_lock)
            _answers[id] = $"{code} {message}";
        return Task.CompletedTask;
    }

    /// <summary>Gives volumes; null: no pet moves.</summary>
    public Func<VolumeQuery, Task<Stream>>? Volumes { get; set; }

    public Task<Stream> OpenVolumeAsync(VolumeQuery query, CancellationToken cancellationToken)
    {
        Check();
        return Volumes?.Invoke(query) ?? throw new ControlPlaneException(ControlPlaneFailure.Refused, "no pet moves");
    }

    /// <summary>Gives what was taken for PetSnapshots; null: nothing is on its way here.</summary>
    public Func<SnapshotQuery, Task<Stream>>? Taken { get; set; }

    public Task<Stream> OpenSnapshotAsync(SnapshotQuery query, CancellationToken cancellationToken)
    {
        Check();
        return Taken?.Invoke(query) ?? throw new ControlPlaneException(ControlPlaneFailure.Refused, "nothing is on its way here");
    }

    private WorkEvent Bookmark() => new() { Type = WorkEventType.Bookmark, Store = Store, Revision = _revision, Evictions = Evictions, Nodes = Wishes };

    private static string UidOf(WorkEvent change) => change.Work?.Uid ?? change.Tombstone!.Uid;

    private void Publish(WorkEvent change)
    {
        _log[change.Revision] = change;
        foreach (var watcher in _watchers)
            watcher.Writer.TryWrite(change);
    }

    private void Take(Report report)
    {
        (_session, _sequence) = (report.Session, report.Sequence);
        if (report.Full)
        {
            _works.Clear();
            _pods.Clear();
        }

        foreach (var work in report.Works)
            _works[work.Uid] = work;
        foreach (var pod in report.Pods)
            _pods[new PodName(pod.Metadata.Namespace!, pod.Metadata.Name)] = pod;
        foreach (var name in report.RemovedPods)
            _pods.Remove(name);
        _events.AddRange(report.Events);
        // Once it is confirmed, a tombstone is not sent any more.
        foreach (var gone in report.Works.Where(work => work.Gone))
        {
            foreach (var revision in _log.Where(pair => UidOf(pair.Value) == gone.Uid).Select(pair => pair.Key).ToList())
                _log.Remove(revision);
        }
    }

    private void Check()
    {
        if (IsCut)
            throw new ControlPlaneException(ControlPlaneFailure.Unreachable, "cut");
        if (IsUnauthorized)
            throw new ControlPlaneException(ControlPlaneFailure.Unauthorized, "who are you?");
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }
}
