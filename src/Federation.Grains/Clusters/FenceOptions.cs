namespace Federation.Grains.Clusters;

/// <summary>How long a cluster may run fenced pets without being told again.</summary>
public sealed record FenceOptions
{
    /// <summary>A shorter one would be over before the second heartbeat of a machine under load.</summary>
    public static readonly TimeSpan LeastPermission = TimeSpan.FromSeconds(2);

    /// <summary>The margin as a part of the permission, at least: how much faster or slower than another a machine's clock may run.</summary>
    public const double LeastMargin = 0.05;

    /// <summary>Heartbeats are asked for so often that at least this many leases fit into one permission: a lost report stops no pet.</summary>
    private const int LeasesPerPermission = 2;

    /// <summary>Counted by the agent from when it sent the report that was answered. <value>The default is 10 s.</value></summary>
    public TimeSpan Permission { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>So much longer the control plane waits before it counts on the permission's end. <value>The default is 2 s.</value></summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After this, counted from the last answer, no permission can be in force.</summary>
    public TimeSpan Whole => Permission + Margin;

    /// <summary>The lease that a cluster with pets is told: its own, unless the permission is too short for heartbeats that rare.</summary>
    public TimeSpan LeaseToTell(TimeSpan lease) => lease < Permission / LeasesPerPermission ? lease : Permission / LeasesPerPermission;

    /// <returns>What is wrong, as a sentence; null: nothing.</returns>
    public string? FindProblem()
    {
        if (Permission < LeastPermission)
            return $"Pets need a permission of at least {LeastPermission.TotalSeconds:0} s.";
        return Margin < Permission * LeastMargin
            ? $"The margin must be at least {LeastMargin:P0} of the permission: so much may the clocks of two machines differ in speed."
            : null;
    }
}
