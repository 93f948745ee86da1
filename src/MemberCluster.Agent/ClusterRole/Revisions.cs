namespace MemberCluster.Agent.ClusterRole;

/// <summary>The positions that a cluster agent gives its words to nodes. Used by one thread.</summary>
/// <remarks>
/// They begin at the present time in milliseconds, so that an agent that lost its disk begins above those of its earlier life. Where a clock went back they
/// may not: each life has a store identity of its own, and nodes compare revisions within one only.
/// </remarks>
internal sealed class Revisions
{
    public Revisions(TimeProvider time) => Start = Current = time.GetUtcNow().ToUnixTimeMilliseconds();

    public string Store { get; } = Guid.NewGuid().ToString("N");

    public long Start { get; }

    public long Current { get; private set; }

    public long Next() => ++Current;
}
