namespace MemberCluster.Agent.ClusterRole;

/// <summary>How a cluster agent judges its nodes.</summary>
internal sealed record ClusterRoleOptions
{
    public required string Cluster { get; init; }

    /// <summary>A node that is silent longer is not Ready.</summary>
    /// <value>Default: 5 s.</value>
    public TimeSpan NodeLease { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A node that is not Ready for so long loses its share to others.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan MoveAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A node is permitted to run fenced pets for so long at most, from when it sent its report.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan NodePermission { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So much longer the cluster agent waits before it counts on the end of a permission.</summary>
    /// <value>Default: 2 s.</value>
    public TimeSpan PermissionMargin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The names in the federation of the nodes that are known to exist; what they run is waited for at the start, one lease at most.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>The name in the federation of the node in the same process; null: there is none.</summary>
    public string? LocalNode { get; init; }

    /// <summary>Nodes that nobody knows of may report: the start waits a whole lease for them.</summary>
    public bool AwaitsStrangers { get; init; }
}
