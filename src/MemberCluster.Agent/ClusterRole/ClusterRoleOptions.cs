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

    /// <summary>A node is permitted to run fenced pets for what is left of the cluster's permission, and never for longer than this, from when it sent its report.
    /// A cluster agent that has lost its disk, and has not heard how long permissions are, waits as long for their end.</summary>
    /// <value>Default: 1 min.</value>
    public TimeSpan MostNodePermission { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A node is permitted this much even where it cannot be recorded, and every earlier life is taken to have permitted as much.</summary>
    /// <value>Default: 10 s.</value>
    public TimeSpan UsualNodePermission { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So much longer, at least, the cluster agent waits before it counts on the end of a permission: a fifth of it, if that is more.</summary>
    /// <value>Default: 2 s.</value>
    public TimeSpan PermissionMargin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The names in the federation of the nodes that are known to exist; what they run is waited for at the start, one lease at most.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>The name in the federation of the node in the same process; null: there is none.</summary>
    public string? LocalNode { get; init; }

    /// <summary>Nodes that nobody knows of may report: the start waits a whole lease for them.</summary>
    public bool AwaitsStrangers { get; init; }
}
