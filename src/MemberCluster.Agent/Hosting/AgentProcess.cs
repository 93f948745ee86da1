using MemberCluster.Agent.ClusterRole;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ClusterRole.Listening;
using MemberCluster.Agent.ControlPlane;
using MemberCluster.Agent.NodeRole;
using Microsoft.Extensions.Logging;

namespace MemberCluster.Agent.Hosting;

/// <summary>The roles of one process: a cluster agent, a node agent, or both, connected in memory as they would be over the network.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private readonly ClusterAgent? _cluster;
    private readonly NodeListener? _listener;
    private readonly NodeAgent? _node;
    private readonly TaskCompletionSource _engineChecked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">Of both roles.</param>
    /// <param name="parts">Of the node agent; where there is a cluster agent too, its control plane is the cluster agent's.</param>
    /// <exception cref="AgentStartException">The data directory cannot be used.</exception>
    public AgentProcess(AgentOptions options, AgentParts parts)
    {
        var hasNode = options.Roles.HasFlag(AgentRoles.Node);
        if (options.Roles.HasFlag(AgentRoles.Cluster))
        {
            _listener = options.NodeListen is { } endpoint ? new NodeListener(options, endpoint, parts.Loggers, parts.Time) : null;
            _cluster = new ClusterAgent(options, new ClusterParts
            {
                ControlPlane = parts.ControlPlane,
                Loggers = parts.Loggers,
                Time = parts.Time,
                Random = parts.Random,
                NewUid = parts.NewUid,
                HasSuccessor = parts.HasSuccessor,
                BeforeJoin = hasNode ? _engineChecked.Task : Task.CompletedTask,
                Peers = parts.ControlPlane is HttpControlPlane remote ? remote.PeersAsync : null,
                JoinedNodes = _listener?.JoinedNodes ?? [],
            });
        }

        if (!hasNode)
            return;
        var ofNode = options with { Data = Path.Combine(options.Data, "node") };
        _node = new NodeAgent(ofNode, _cluster is null ? parts with { Joining = parts.Joining ?? JoiningOf(ofNode, parts) } : parts with
        {
            ControlPlane = new LocalNodeLink(_cluster.Hub, Federation.Api.Nodes.NodeNames.Of(options.Cluster, options.Node)),
            Joining = new LocalJoining(_cluster.Joining),
            EngineChecked = () => _engineChecked.TrySetResult(),
            ReportWindow = LocalReportWindow,
            // It says goodbye to nobody: the cluster agent beside it does, for both.
            HasSuccessor = () => true,
        });
    }

    /// <summary>A report within the process costs next to nothing.</summary>
    private static TimeSpan LocalReportWindow => TimeSpan.FromMilliseconds(10);

    /// <summary>What nodes are served; null without the cluster role.</summary>
    public NodeHub? Hub => _cluster?.Hub;

    /// <summary>Where nodes on other machines are served; null without.</summary>
    public NodeListener? Listener => _listener;

    /// <summary>Runs until cancelled, or until one role cannot go on.</summary>
    /// <exception cref="AgentStartException">It cannot start.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopCluster = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The node serves until the control plane has been told that it will not.
        using var stopNode = _cluster is null ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : new CancellationTokenSource();
        var cluster = _cluster?.RunAsync(stopCluster.Token);
        var node = _node?.RunAsync(stopNode.Token);
        var listener = _listener?.RunAsync(_cluster!, stopNode.Token);
        Task[] running = [.. new[] { cluster, node, listener }.OfType<Task>()];
        var first = await Task.WhenAny(running);
        await stopCluster.CancelAsync();
        if (cluster is not null)
            await cluster.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stopNode.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Why it ended, if not because it was asked to: the other roles only followed.
        if (!cancellationToken.IsCancellationRequested)
            await first;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_node is not null)
            await _node.DisposeAsync();
        _listener?.Dispose();
    }

    private static NodeJoining? JoiningOf(AgentOptions options, AgentParts parts) => parts.Pin is not { } pin ? null
        : new NodeJoining(parts.ControlPlane, pin, options, new Retry(parts.Time, parts.Random), parts.Loggers.CreateLogger<NodeJoining>());
}
