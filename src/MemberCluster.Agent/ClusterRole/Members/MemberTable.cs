using Federation.Api.Clusters;
using Federation.Api.Meta;
using Federation.Api.Nodes;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.Pods;

namespace MemberCluster.Agent.ClusterRole.Members;

/// <summary>The cluster's nodes, and which of them are Ready. Used by one thread.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="lease">A node that is silent longer is not Ready.</param>
/// <param name="newOutbox">Makes the outbox of a node that was not known.</param>
/// <param name="clock">Says since when a node is as it is: a wall clock that is set moves no failover.</param>
/// <param name="time">For silence.</param>
internal sealed class MemberTable(string cluster, TimeSpan lease, Func<NodeOutbox> newOutbox, SteadyClock clock, TimeProvider time)
{
    private readonly Dictionary<string, Member> _members = [];
    private readonly long _startedAt = time.GetTimestamp();
    private IReadOnlyList<NodeSettings> _wishes = [];

    public IReadOnlyCollection<Member> All => _members.Values;

    public MemberOwners Owners { get; } = new();

    public Member? Find(string name) => _members.GetValueOrDefault(name);

    /// <summary>The node of that name in the federation, entered when it was not known.</summary>
    public Member Enter(string name)
    {
        if (_members.TryGetValue(name, out var member))
            return member;
        member = new Member(name, name[(cluster.Length + 1)..], newOutbox());
        Wish(member);
        return _members[name] = member;
    }

    /// <summary>What people want of the machines.</summary>
    public IReadOnlyList<NodeSettings> Wishes => _wishes;

    public void Forget(Member member)
    {
        Owners.Forget(member);
        _members.Remove(member.Name);
    }

    public void SetWishes(IReadOnlyList<NodeSettings> wishes)
    {
        _wishes = wishes;
        foreach (var member in _members.Values)
            Wish(member);
    }

    /// <summary>Judges the node again. True: it became Ready, or is not any more, or for another reason.</summary>
    public bool Judge(Member member)
    {
        var now = clock.Now;
        var next = ReasonOf(member);
        if (next is null && member.NotReady is not null)
            member.ReadySince = now;
        if ((next?.Reason, next?.Message) == (member.NotReady?.Reason, member.NotReady?.Message))
            return false;
        member.NotReady = next is null ? null : next with { Since = member.NotReady?.Since ?? now };
        return true;
    }

    /// <summary>When silence alone changes a judgement; null: not before somebody speaks.</summary>
    public TimeSpan? NextJudgement()
    {
        TimeSpan? next = null;
        foreach (var member in _members.Values.Where(member => member.IsHeard))
        {
            var left = lease - time.GetElapsedTime(member.HeardAt ?? _startedAt);
            next = next is null || left < next ? left : next;
        }

        return next;
    }

    /// <summary>The node as the API shows it.</summary>
    public static Node View(Member member)
    {
        var node = member.Described;
        if (member.NotReady is not { } trouble)
            return node;
        var ready = new Condition
        {
            Type = NodeConditions.Ready,
            Status = trouble.IsSilent ? ConditionStatus.Unknown : ConditionStatus.False,
            Reason = trouble.Reason,
            Message = trouble.Message,
        };
        return node with { Status = node.Status with { Conditions = node.Status.Conditions.With(ready, trouble.Since) } };
    }

    private void Wish(Member member)
    {
        member.Wishes = NodeWishes.Find(_wishes, cluster, member.Name);
        member.Outbox.SetSettings(member.Wishes);
    }

    private NotReady? ReasonOf(Member member)
    {
        var now = clock.Now;
        var isSilent = time.GetElapsedTime(member.HeardAt ?? _startedAt) >= lease;
        if (isSilent)
            return new NotReady(now, IsSilent: true, "NodeSilent", $"The node's agent is not heard of for more than {lease.TotalSeconds:0.#} s.");
        if (member.HeardAt is null)
            return new NotReady(now, IsSilent: false, "NodeNotHeard", "The node's agent has not reported yet.");
        if (member.IsLeaving)
            return new NotReady(now, IsSilent: false, "AgentStopped", "The node's agent was stopped; its pods run on.");
        if (member.Node is null)
            return new NotReady(now, IsSilent: false, member.Inventory?.EngineProblem ?? "EngineUnavailable", member.Inventory?.EngineMessage ?? "The node's engine has not answered yet.");
        var ready = member.Node.Status.Conditions.Find(NodeConditions.Ready);
        return ready is { Status: ConditionStatus.True } ? null
            : new NotReady(now, IsSilent: false, ready?.Reason ?? "NotReady", ready?.Message ?? "");
    }
}
