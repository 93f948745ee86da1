using MemberCluster.Agent.ClusterRole;
using MemberCluster.Agent.ClusterRole.Hub;

namespace MemberCluster.Agent.Hosting;

/// <summary>The roles of one process: a cluster agent, a node agent, or both, connected in memory as they would be over the network.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private readonly ClusterAgent? _cluster;
    private readonly NodeAgent? _node;
    private readonly TaskCompletionSource _engineChecked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="options">Of both roles.</param>
    /// <param name="parts">Of the node agent; where there is a cluster agent too, its control plane is the cluster agent's.</param>
    /// <param name="joinedNodes">Remote nodes that have joined before; see <see cref="ClusterParts.JoinedNodes"/>.</param>
    public AgentProcess(AgentOptions options, AgentParts parts, IReadOnlyList<string>? joinedNodes = null)
    {
        var hasNode = options.Roles.HasFlag(AgentRoles.Node);
        if (options.Roles.HasFlag(AgentRoles.Cluster))
        {
            _cluster = new ClusterAgent(options, new ClusterParts
            {
                ControlPlane = parts.ControlPlane,
                Loggers = parts.Loggers,
                Time = parts.Time,
                Random = parts.Random,
                NewUid = parts.NewUid,
                HasSuccessor = parts.HasSuccessor,
                BeforeJoin = hasNode ? _engineChecked.Task : Task.CompletedTask,
                JoinedNodes = joinedNodes ?? [],
            });
        }

        if (!hasNode)
            return;
        var ofNode = options with { Data = Path.Combine(options.Data, "node") };
        _node = new NodeAgent(ofNode, _cluster is null ? parts : parts with
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

    /// <summary>What other machines' nodes are served; null without the cluster role.</summary>
    public NodeHub? Hub => _cluster?.Hub;

    /// <summary>Runs until cancelled, or until one role cannot go on.</summary>
    /// <exception cref="AgentStartException">It cannot start.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopCluster = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // The node serves until the control plane has been told that it will not.
        using var stopNode = _cluster is null ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : new CancellationTokenSource();
        var cluster = _cluster?.RunAsync(stopCluster.Token);
        var node = _node?.RunAsync(stopNode.Token);
        Task[] running = [.. new[] { cluster, node }.OfType<Task>()];
        var first = await Task.WhenAny(running);
        await stopCluster.CancelAsync();
        if (cluster is not null)
            await cluster.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stopNode.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
        await Task.WhenAll(running);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_node is not null)
            await _node.DisposeAsync();
    }
}
