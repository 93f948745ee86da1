using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Nodes;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Permissions;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.Data;
using MemberCluster.Agent.Hosting;
using MemberCluster.Agent.Latency;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Works;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>What a cluster agent is made of, besides its options. Tests replace what they like.</summary>
internal sealed record ClusterParts
{
    public required IControlPlane ControlPlane { get; init; }
    public required ILoggerFactory Loggers { get; init; }
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>For jitter only.</summary>
    public Random Random { get; init; } = new();

    /// <summary>Uids of this life: of the reporting session, and of the store that nodes see.</summary>
    public Func<string> NewUid { get; init; } = () => Guid.NewGuid().ToString();

    /// <inheritdoc cref="AgentParts.HasSuccessor"/>
    public Func<bool> HasSuccessor { get; init; } = () => false;

    /// <summary>Joining waits for this, so that a token is not used up by an agent that cannot start.</summary>
    public Task BeforeJoin { get; init; } = Task.CompletedTask;

    /// <summary>Whom to measure the distance to; null: nobody, nothing is measured.</summary>
    public Func<CancellationToken, Task<RegionPeers>>? Peers { get; init; }

    /// <summary>The names in the federation of remote nodes that have joined before.</summary>
    public IReadOnlyList<string> JoinedNodes { get; init; } = [];
}

/// <summary>What stands between the control plane and the nodes of one cluster: puts the parts together, runs them, and ends them in order.</summary>
/// <remarks>
/// <code>
/// works stream ─▶ WorkShelf ─▶ ClusterController ─▶ NodeOutbox (one per node) ─▶ node agents
///                                   │    ▲                                           │
/// control plane ◀── Reporter ◀──────┘    └────────────── their reports ──────────────┘
/// requests for streams ─▶ StreamForwarder ─▶ the node that has the pod
/// </code>
/// </remarks>
internal sealed partial class ClusterAgent : IAsyncDisposable
{
    private static readonly TimeSpan LeaveAtMost = TimeSpan.FromSeconds(2);

    private readonly AgentOptions _options;
    private readonly ClusterParts _parts;
    private readonly ILogger<ClusterAgent> _logger;
    private readonly WorkShelf _shelf;
    private readonly ShareFiles _files;
    private readonly WorksFollower _follower;
    private readonly ClusterController _controller;
    private readonly Reporter _reporter;
    private readonly AgentEvents _events;
    private readonly StreamForwarder _streams;
    private readonly Revisions _revisions;
    private readonly LatencyWatch? _latency;

    public ClusterAgent(AgentOptions options, ClusterParts parts)
    {
        (_options, _parts) = (options, parts);
        var (time, loggers) = (parts.Time, parts.Loggers);
        _logger = loggers.CreateLogger<ClusterAgent>();
        var retry = new Retry(time, parts.Random);
        var contents = new ReportContents();
        Lease = new Lease(time);
        var runtime = RuntimeDirectory.Open(options.RuntimeDirectory, RuntimeDirectory.OwnerOf(options.Cluster, options.Data));
        var secrets = new SecretKeep(runtime, loggers.CreateLogger<SecretKeep>());
        _shelf = new WorkShelf(new WorkFiles(options.Data, secrets, loggers.CreateLogger<WorkFiles>()), loggers.CreateLogger<WorkShelf>());
        _files = new ShareFiles(options.Data, loggers.CreateLogger<ShareFiles>());
        _follower = new WorksFollower(parts.ControlPlane, _shelf, retry, time, loggers.CreateLogger<WorksFollower>());
        var boot = BootTime.Beside(time);
        var permission = new Permission(boot);
        _reporter = new Reporter(parts.ControlPlane, contents, Lease, retry, parts.NewUid(), () => _shelf.StoredPosition, time, loggers.CreateLogger<Reporter>()) { Permission = permission, Boot = boot };
        _events = new AgentEvents(contents, _reporter.Poke, options.Cluster, time);

        var localNode = options.Roles.HasFlag(AgentRoles.Node) ? NodeNames.Of(options.Cluster, options.Node) : null;
        var settings = new ClusterRoleOptions
        {
            Cluster = options.Cluster,
            NodeLease = options.NodeLease,
            MoveAfter = options.NodeMoveAfter,
            LocalNode = localNode,
            Expected = localNode is null ? parts.JoinedNodes : [localNode, .. parts.JoinedNodes],
            AwaitsStrangers = options.NodeListen is not null && parts.JoinedNodes.Count == 0,
        };
        var clock = new SteadyClock(time);
        var revisions = _revisions = new Revisions(parts.NewUid(), time);
        var members = new MemberTable(options.Cluster, options.NodeLease, () => new NodeOutbox(revisions.Store, revisions.Start, time), clock, time);
        var permissions = new NodePermissions(settings, permission, new LongestPermission(options.Data), clock);
        var sharing = new WorkSharing(settings, members, _files, revisions, permissions, clock);
        var publisher = new ClusterPublisher(members, sharing, contents, _events, _reporter.Poke, NodeAgent.Version, time);
        _controller = new ClusterController(settings, _shelf, _files, members, sharing, publisher, permissions, clock, time, loggers.CreateLogger<ClusterController>());
        _streams = new StreamForwarder(parts.ControlPlane, _controller.FindAsync, new StreamRequests(parts.ControlPlane, retry, loggers.CreateLogger<StreamRequests>()), time, loggers.CreateLogger<StreamForwarder>());
        Hub = new NodeHub(_controller, _streams, parts.ControlPlane);
        Joining = new Joining(parts.ControlPlane, options, retry, loggers.CreateLogger<Joining>());
        if (parts.Peers is { } peers)
            _latency = new LatencyWatch(peers, new RegionProbe(time).MeasureAsync, contents.SetLatencies, parts.Random, time, loggers.CreateLogger<LatencyWatch>());
        _shelf.Changed = _controller.OnWorksChanged;
        _follower.Bookmark = _controller.OnBookmark;
        _reporter.GoneAcknowledged = uids => _shelf.Forget(uids);
    }

    /// <summary>The cluster's lease as this agent may count on it.</summary>
    public Lease Lease { get; }

    /// <summary>What nodes are served.</summary>
    public NodeHub Hub { get; }

    public IJoining Joining { get; }

    /// <summary>Whether the node is heard of right now.</summary>
    public Task<bool> IsHeardAsync(string node) => _controller.IsHeardAsync(node);

    /// <summary>The node is given up for good.</summary>
    public void Forget(string node) => _controller.OnForgotten(node);

    /// <summary>Runs until cancelled; then says goodbye, unless a successor takes over at once. The nodes go on.</summary>
    /// <exception cref="AgentStartException">It cannot start.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Load();
        using var working = new CancellationTokenSource();
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(working.Token, cancellationToken);
        var keeper = new StoreKeeper(RetryStore, () => _shelf.Problem ?? _files.Problem, _events.OfCluster, _parts.Time);
        // The nodes are served from the first moment; joining may take a while.
        ImmutableArray<Task> local = [_controller.RunAsync(working.Token), keeper.RunAsync(working.Token), OpenReportsAsync(working.Token)];
        ImmutableArray<Task> remote = [];
        try
        {
            await _parts.BeforeJoin.WaitAsync(linked.Token);
            await Joining.JoinAsync(NodeAgent.Version, linked.Token);
            remote = [_reporter.RunAsync(linked.Token), _follower.RunAsync(linked.Token), _streams.RunAsync(linked.Token)];
            if (_latency is not null)
                remote = [.. remote, _latency.RunAsync(linked.Token)];
            await await Task.WhenAny([local[0], local[1], .. remote]);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(remote).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var limit = new CancellationTokenSource(LeaveAtMost, _parts.Time);
            if (!remote.IsEmpty && !_parts.HasSuccessor())
                await _reporter.LeaveAsync(limit.Token);
            LogLeft();
        }
        finally
        {
            await working.CancelAsync();
            await Task.WhenAll([.. local, .. remote]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public ValueTask DisposeAsync()
    {
        _controller.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Load()
    {
        try
        {
            Directory.CreateDirectory(_options.Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            _shelf.Load();
            var (shares, wishes) = _files.Load();
            _revisions.BeginAbove(shares.SelectMany(work => work.Nodes).Select(share => Math.Max(share.ActiveAfter, share.WithdrawnAfter)).DefaultIfEmpty().Max());
            _controller.Begin(shares, wishes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AgentStartException($"The data directory {_options.Data} cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The first report replaces what the control plane knew: it waits until it is known what runs.</summary>
    private async Task OpenReportsAsync(CancellationToken cancellationToken)
    {
        await _controller.Settled.WaitAsync(cancellationToken);
        _reporter.Open();
    }

    private void RetryStore()
    {
        var hadProblem = (_shelf.Problem ?? _files.Problem) is not null;
        _shelf.RetryStore();
        if (hadProblem)
            _controller.OnStoreRetry();
    }

    [LoggerMessage(EventId = 830, Level = LogLevel.Information, Message = "The cluster agent leaves; the nodes run on")]
    private partial void LogLeft();
}
