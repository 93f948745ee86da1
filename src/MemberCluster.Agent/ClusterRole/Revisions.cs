namespace MemberCluster.Agent.ClusterRole;

/// <summary>The positions that a cluster agent gives its words to nodes. Used by one thread.</summary>
/// <remarks>
/// They begin at the present time in milliseconds, so that an agent that lost its disk begins above those of its earlier life; and where the clock was set back,
/// above those that the shares remember, which would wait for hours otherwise. Each life has a store identity of its own, and nodes compare revisions within one only.
/// </remarks>
internal sealed class Revisions
{
    /// <param name="store">Made anew for each life.</param>
    /// <param name="time">For where they begin.</param>
    public Revisions(string store, TimeProvider time) => (Store, Start, Current) = (store, time.GetUtcNow().ToUnixTimeMilliseconds(), time.GetUtcNow().ToUnixTimeMilliseconds());

    public string Store { get; }

    public long Start { get; private set; }

    public long Current { get; private set; }

    /// <summary>Before the first of them is given away: all are above this one.</summary>
    public void BeginAbove(long revision)
    {
        if (revision >= Current)
            Start = Current = revision + 1;
    }

    public long Next() => ++Current;
}
