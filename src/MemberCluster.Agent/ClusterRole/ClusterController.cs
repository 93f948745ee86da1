using System.Collections.Immutable;
using System.Threading.Channels;
using Federation.Api.Agents;
using Federation.Api.Clusters;
using Federation.Domain.Scheduling.Nodes.Pets;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Permissions;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>
/// Shares the cluster's works out over its nodes. One loop owns all state: new works, nodes' reports and the passing of time come in as messages; each turn
/// plans the works that they touched, tells the nodes, and sums up for the control plane.
/// </summary>
/// <remarks>
/// A cluster agent that has just started knows what it decided (unless it lost its disk), and not yet what runs. Until every node that is known has
/// reported, or a lease is over, it decides nothing, tells its nodes nothing and reports nothing: then what they run is the present state, and nothing stops for it.
/// </remarks>
internal sealed partial class ClusterController : IDisposable
{
    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, WorkState> _works = [];
    private readonly HashSet<string> _dirty = [];
    private readonly HashSet<string> _expected;
    private readonly ITimer _wake;
    private readonly long _startedAt;

    private readonly ClusterRoleOptions _options;
    private readonly WorkShelf _shelf;
    private readonly ShareFiles _files;
    private readonly MemberTable _members;
    private readonly WorkSharing _sharing;
    private readonly ClusterPublisher _publisher;
    private readonly NodePermissions _permissions;
    private readonly List<Action> _answers = [];
    private readonly SteadyClock _clock;
    private readonly TimeProvider _time;
    private readonly ILogger<ClusterController> _logger;
    private bool _areNodesNews = true;

    public ClusterController(
        ClusterRoleOptions options, WorkShelf shelf, ShareFiles files, MemberTable members, WorkSharing sharing, ClusterPublisher publisher, NodePermissions permissions, SteadyClock clock, TimeProvider time, ILogger<ClusterController> logger)
    {
        (_options, _shelf, _files, _members, _sharing, _publisher, _time, _logger) = (options, shelf, files, members, sharing, publisher, time, logger);
        (_permissions, _clock) = (permissions, clock);
        _expected = [.. options.Expected];
        _startedAt = time.GetTimestamp();
        _wake = time.CreateTimer(_ => Post(() => { }), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when what runs is known well enough to decide and to report.</summary>
    public Task Settled => _settled.Task;

    /// <summary>What was decided in earlier lives. Before <see cref="RunAsync"/>.</summary>
    public void Begin(IReadOnlyList<WorkShares> shares, IReadOnlyList<NodeSettings> wishes)
    {
        _members.SetWishes(wishes);
        _permissions.Applied = _shelf.StoredPosition;
        foreach (var work in shares)
        {
            _works[work.Uid] = new WorkState(work);
            _expected.UnionWith(work.Nodes.Select(share => share.Node));
        }

        foreach (var name in _expected)
            _members.Enter(name);
        _dirty.UnionWith(_works.Keys);
        _dirty.UnionWith(_shelf.Book.Held.Keys);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Post(() => { });
        while (await _inbox.Reader.WaitToReadAsync(cancellationToken))
        {
            while (_inbox.Reader.TryRead(out var message))
                message();
            Turn();
            _answers.ForEach(answer => answer());
            _answers.Clear();
        }
    }

    public void Dispose() => _wake.Dispose();

    public void OnWorksChanged(ImmutableArray<string> uids) => Post(() => _dirty.UnionWith(uids));

    /// <summary>What the control plane says beside the works: who shall stop, and what people want of the machines.</summary>
    public void OnBookmark(WorkEvent bookmark) => Post(() =>
    {
        // The works before it came in earlier messages, and this turn tells the nodes.
        _permissions.Applied = new StreamPosition(bookmark.Store ?? _permissions.Applied.Store, bookmark.Revision);
        _dirty.UnionWith(_sharing.Evictions.Set([.. bookmark.Evictions]));
        if (ShareFiles.AreSame(_members.Wishes, bookmark.Nodes))
            return;
        _members.SetWishes(bookmark.Nodes);
        _files.SaveWishes(bookmark.Nodes);
        NodesChanged();
    });

    /// <summary>Takes a node's report.</summary>
    /// <exception cref="ControlPlaneException">The report speaks of what is not the node's.</exception>
    public Task<ReportAnswer> ReportAsync(string node, Report report, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<ReportAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                var answer = Take(node, report);
                // After the turn: what follows from the report is in the node's stream before the node is permitted anything.
                _answers.Add(() => done.TrySetResult(Permit(node, answer)));
            }
            catch (ControlPlaneException refused)
            {
                done.TrySetException(refused);
            }
        });
        return done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>What a node is told, once it is known what it runs.</summary>
    public async Task<NodeOutbox> OutboxAsync(string node, CancellationToken cancellationToken)
    {
        await _settled.Task.WaitAsync(cancellationToken);
        return await AskAsync(() => _members.Enter(node).Outbox, cancellationToken);
    }

    /// <summary>The node that has what a stream is asked of; null: none.</summary>
    public Task<Member?> FindAsync(StreamRequest request, CancellationToken cancellationToken) =>
        AskAsync(() => request.Volume is { } volume ? _members.Find(volume.Node) : _members.Owners.Of(new PodName(request.Namespace, request.Pod)), cancellationToken);

    /// <summary>Whether a node was chosen for a copy.</summary>
    public Task<bool> IsForAsync(string node, VolumeQuery query, CancellationToken cancellationToken) =>
        AskAsync(() => _works.GetValueOrDefault(query.WorkUid)?.Shares.Nodes.Any(share => share.Node == node && share.Copies.Contains(new NodeCopy(query.Ordinal, query.Epoch))) == true, cancellationToken);

    /// <summary>Whether a node was chosen to store an item.</summary>
    public Task<bool> IsForAsync(string node, SnapshotQuery query, CancellationToken cancellationToken) =>
        AskAsync(() => _works.GetValueOrDefault(query.Uid)?.Shares.Nodes.Any(share => share.Node == node && share.Items.Contains(query.Id)) == true, cancellationToken);

    public Task<bool> IsHeardAsync(string node) => AskAsync(() => _members.Find(node) is { Reported: not null, IsHeard: true }, CancellationToken.None);

    /// <summary>The node is given up for good: nothing is waited for that only it could say.</summary>
    public void OnForgotten(string node) => Post(() =>
    {
        if (_members.Find(node) is not { } member)
            return;
        LogForgotten(node);
        _publisher.Forget(member);
        _members.Forget(member);
        _expected.Remove(node);
        NodesChanged();
    });

    /// <summary>Stores what could not be stored.</summary>
    public void OnStoreRetry() => Post(() =>
    {
        _dirty.UnionWith(_works.Keys);
        _files.Retry();
    });

    private ReportAnswer Take(string node, Report report)
    {
        var isNew = _members.Find(node) is null;
        var member = _members.Enter(node);
        if (MemberIntake.Refuse(member, report, _members.Owners.Of) is { } refusal)
        {
            if (isNew)
                _members.Forget(member);
            throw new ControlPlaneException(ControlPlaneFailure.Refused, refusal);
        }

        member.HeardAt = _time.GetTimestamp();
        member.IsLeaving = report.Leaving;
        if (!MemberIntake.IsExpected(member, report))
            return new ReportAnswer { Resync = true, LeaseSeconds = _options.NodeLease.TotalSeconds };
        var applied = member.Applied;
        var changes = MemberIntake.Take(member, report, _members.Owners.Of, isCluster: _members.All.Count == 1 && node == _options.LocalNode);
        _members.Owners.Learn(member, changes);
        _publisher.Publish(changes, report.Usage);
        _areNodesNews |= changes.IsNodeChanged || isNew;
        if (isNew || changes.IsNodeChanged)
            NodesChanged();
        _dirty.UnionWith(changes.Uids);
        if (applied != member.Applied)
            _dirty.UnionWith(_sharing.Awaiting);
        return new ReportAnswer { Acknowledged = report.Sequence, LeaseSeconds = _options.NodeLease.TotalSeconds };
    }

    private ReportAnswer Permit(string node, ReportAnswer answer) =>
        _members.Find(node) is { } member && _settled.Task.IsCompleted && !answer.Resync ? _permissions.Permit(member, answer, _sharing.MayRunPets(member)) : answer;

    private void NodesChanged()
    {
        _areNodesNews = true;
        _dirty.UnionWith(_works.Keys);
    }

    private void Turn()
    {
        if (!_settled.Task.IsCompleted && !MaySettle())
        {
            _wake.Change(Later(_options.NodeLease - _time.GetElapsedTime(_startedAt)), Timeout.InfiniteTimeSpan);
            return;
        }

        foreach (var member in _members.All)
        {
            var wasHeard = member.IsHeard;
            if (!_members.Judge(member))
                continue;
            LogJudged(member.Name, member.NotReady?.Reason ?? "Ready");
            _publisher.Tell(member, wasHeard);
            NodesChanged();
        }

        if (_permissions.TakeNews())
            _dirty.UnionWith(_works.Keys);
        if (HasLearntAll())
            _dirty.UnionWith(_works.Keys);
        foreach (var uid in _dirty.ToList())
            Reconcile(uid);
        _dirty.Clear();
        // What came free may be what others wait for.
        if (_sharing.TakeRoomComeFree() && _works.Where(work => work.Value.Placing is not null).Select(work => work.Key).ToList() is { Count: > 0 } waiting)
            Post(() => _dirty.UnionWith(waiting));
        _areNodesNews |= _sharing.TakeAskedNews() && _members.All.Any(member => member.IsClosed);
        if (_areNodesNews)
            _publisher.PublishNodes();
        _areNodesNews = false;
        // Only now: the first report takes what it says from what was published above.
        _settled.TrySetResult();
        _wake.Change(NextLook(), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether what earlier lives decided is known from now on, and was not before: what is said of every work may depend on it.</summary>
    private bool HasLearntAll()
    {
        var isNews = false;
        if (_files.MayHaveForgotten && _permissions.AreEarlierOver)
        {
            _files.Complete();
            isNews = true;
        }

        if (!_files.AreAllHeard && _members.All.Count > 0 && _members.All.All(member => member.Reported is not null))
        {
            _files.HearAll();
            isNews = true;
        }

        return isNews;
    }

    private bool MaySettle()
    {
        var isWaiting = _options.AwaitsStrangers || !_expected.All(name => _members.Find(name) is { Reported: not null });
        if (isWaiting && _time.GetElapsedTime(_startedAt) < _options.NodeLease)
            return false;
        var heard = _members.All.Count(member => member.Reported is not null);
        LogSettled(heard, _members.All.Count);
        _dirty.UnionWith(_works.Keys);
        return true;
    }

    private void Reconcile(string uid)
    {
        if (uid.Length == 0)
            return;
        var held = _shelf.Book.Held.GetValueOrDefault(uid);
        if (!_works.TryGetValue(uid, out var state))
        {
            if (held is null && _members.Owners.SpeakersOf(uid).Count == 0)
                return;
            _works[uid] = state = new WorkState(WorkShares.For(uid));
        }

        _sharing.Share(uid, state, held);
        if (_publisher.PublishWork(uid, state, held, _shelf.IsStored(uid)))
            return;
        _works.Remove(uid);
        _sharing.Drop(uid, state);
    }

    private TimeSpan NextLook()
    {
        var next = _members.NextJudgement();
        foreach (var state in _works.Values)
        {
            if (state.NextLook is not { } at)
                continue;
            var left = at - _clock.Now;
            if (left <= TimeSpan.Zero)
                _dirty.Add(state.Shares.Uid);
            next = next is null || left < next ? left : next;
        }

        return next is { } wait ? Later(wait) : Timeout.InfiniteTimeSpan;
    }

    private static TimeSpan Later(TimeSpan wait) => wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1);

    private void Post(Action message) => _inbox.Writer.TryWrite(message);

    private Task<T> AskAsync<T>(Func<T> question, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.TrySetResult(question());
            }
            catch (ControlPlaneException refused)
            {
                answer.TrySetException(refused);
            }
        });
        return answer.Task.WaitAsync(cancellationToken);
    }

    [LoggerMessage(EventId = 810, Level = LogLevel.Information, Message = "{Heard} of {Known} nodes have reported; what they run is the present state")]
    private partial void LogSettled(int heard, int known);

    [LoggerMessage(EventId = 811, Level = LogLevel.Information, Message = "Node {Node} is {Reason}")]
    private partial void LogJudged(string node, string reason);

    [LoggerMessage(EventId = 812, Level = LogLevel.Warning, Message = "Node {Node} is given up; nothing that it may still run is waited for")]
    private partial void LogForgotten(string node);
}
