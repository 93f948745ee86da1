using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.Leases;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Permissions;

/// <summary>Passes what is left of the cluster's permission on to its nodes, and remembers until when each was permitted to run fenced pets. Used by one thread.</summary>
/// <remarks>
/// A node counts from when it sent its report, this from when it is answered, which is later: the node's permission never outlives what is remembered of it. What earlier
/// lives of the cluster agent permitted is not known: it is over when a whole permission and the margin have passed.
/// </remarks>
/// <param name="options">How long a permission is.</param>
/// <param name="own">The cluster's, from the control plane.</param>
/// <param name="clock">Stands still while the machine sleeps: that makes waiting longer, never shorter.</param>
internal sealed class NodePermissions(ClusterRoleOptions options, Permission own, SteadyClock clock)
{
    private readonly Dictionary<string, DateTimeOffset> _fencedAt = [];
    private readonly DateTimeOffset _earlierFencedAt = clock.Now + options.NodePermission + options.PermissionMargin;

    /// <summary>How far the nodes have been told what follows from the control plane's stream. What was only received does not count.</summary>
    public StreamPosition Applied { get; set; } = StreamPosition.Start;

    /// <summary>What earlier lives permitted is over.</summary>
    public bool AreEarlierOver => _earlierFencedAt <= clock.Now;

    /// <summary>The answer with the permission in it. The node's newest words must have been put out before.</summary>
    /// <param name="member">Whom it answers.</param>
    /// <param name="answer">To its report.</param>
    /// <param name="mayRun">False: the node gets none.</param>
    public ReportAnswer Permit(Member member, ReportAnswer answer, bool mayRun)
    {
        var left = own.Left(Applied);
        if (!mayRun || left <= TimeSpan.Zero)
            return answer;
        var permitted = left < options.NodePermission ? left : options.NodePermission;
        _fencedAt[member.Name] = clock.Now + permitted + options.PermissionMargin;
        var (store, revision) = member.Outbox.Newest;
        return answer with { FenceSeconds = permitted.TotalSeconds, FenceFrom = revision, FenceStore = store };
    }

    /// <summary>What a plan needs to know of it.</summary>
    /// <param name="words">By node, the ordinals that the word names which the node has stored last.</param>
    /// <param name="mayHaveForgotten">Whether earlier decisions may be lost.</param>
    public NodeFence FenceOf(IReadOnlyDictionary<string, IndexSet> words, bool mayHaveForgotten) => new()
    {
        Words = words,
        FencedAt = _fencedAt,
        EarlierFencedAt = _earlierFencedAt,
        MayHaveForgotten = mayHaveForgotten,
    };
}
