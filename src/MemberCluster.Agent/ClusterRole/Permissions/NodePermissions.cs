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
/// lives of the cluster agent permitted is not known: it is over when the longest that they can have given, and its margin, have passed.
/// </remarks>
/// <param name="options">How long a permission can be.</param>
/// <param name="own">The cluster's, from the control plane.</param>
/// <param name="longest">What is permitted is recorded there before it is permitted.</param>
/// <param name="clock">Stands still while the machine sleeps: that makes waiting longer, never shorter.</param>
internal sealed class NodePermissions(ClusterRoleOptions options, Permission own, LongestPermission longest, SteadyClock clock)
{
    private const int MarginPart = 5;

    private readonly Dictionary<string, DateTimeOffset> _fencedAt = [];
    private readonly DateTimeOffset _began = clock.Now;
    private readonly TimeSpan? _earlier = longest.Recorded;
    private DateTimeOffset? _saidFencedAt;

    /// <summary>How far the nodes have been told what follows from the control plane's stream. What was only received does not count.</summary>
    public StreamPosition Applied { get; set; } = StreamPosition.Start;

    /// <summary>What earlier lives permitted is over.</summary>
    public bool AreEarlierOver => EarlierFencedAt <= clock.Now;

    /// <summary>Without a record (the disk was lost, or it is the first life) they are taken to be as long as those of the control plane are now; until that is known, as long as can be.</summary>
    private DateTimeOffset EarlierFencedAt => _began + WithMargin(Longer(_earlier ?? Given ?? options.MostNodePermission, options.UsualNodePermission));

    /// <summary>How long the cluster's permissions are, as far as they are passed on; null: there was none yet.</summary>
    private TimeSpan? Given => own.Reached(Applied) is { } reached ? Shorter(reached.Length, options.MostNodePermission) : null;

    /// <summary>Whether plans that wait for the end of what earlier lives permitted must look again.</summary>
    public bool TakeNews()
    {
        var isNews = _saidFencedAt != EarlierFencedAt;
        _saidFencedAt = EarlierFencedAt;
        return isNews;
    }

    /// <summary>The answer with the permission in it. The node's newest words must have been put out before.</summary>
    /// <param name="member">Whom it answers.</param>
    /// <param name="answer">To its report.</param>
    /// <param name="mayRun">False: the node gets none.</param>
    public ReportAnswer Permit(Member member, ReportAnswer answer, bool mayRun)
    {
        var left = own.Left(Applied);
        if (!mayRun || left <= TimeSpan.Zero || Given is not { } given)
            return answer;
        var permitted = Shorter(left, Allowed(given));
        _fencedAt[member.Name] = clock.Now + WithMargin(permitted);
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
        EarlierFencedAt = EarlierFencedAt,
        MayHaveForgotten = mayHaveForgotten,
    };

    /// <summary>How long a permission may be, recorded. A shorter one is recorded only once nothing longer is in force.</summary>
    private TimeSpan Allowed(TimeSpan given)
    {
        var isLongerInForce = !AreEarlierOver || _fencedAt.Values.Any(at => at > clock.Now + WithMargin(given));
        return (given < longest.Recorded && isLongerInForce) || longest.TryRecord(given) ? given : Shorter(given, longest.Recorded ?? options.UsualNodePermission);
    }

    private TimeSpan WithMargin(TimeSpan permission) => permission + Longer(permission / MarginPart, options.PermissionMargin);

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
