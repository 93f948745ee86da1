using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling;
using Federation.Domain.Scheduling.Nodes.Pets;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Hub;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Permissions;
using MemberCluster.Agent.ClusterRole.Shares;
using MemberCluster.Agent.Pods;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>Plans one work's shares and carries the plan out: keeps it durably, then tells the nodes. Used by one thread.</summary>
internal sealed class WorkSharing(ClusterRoleOptions options, MemberTable members, ShareFiles files, Revisions revisions, NodePermissions permissions, SteadyClock clock)
{
    /// <summary>Stands for the whole cluster where a machine's name is asked for.</summary>
    private const string Whole = "";

    private readonly Dictionary<string, HashSet<string>> _awaited = [];
    private readonly HashSet<string> _discarding = [];
    private readonly NodeLedger _ledger = new();
    private readonly NodeLedger _asked = new();
    private readonly NodeTelling _telling = new(members, revisions);
    private bool _hasRoomComeFree;
    private bool _isAskedNews;

    public PodEvictions Evictions { get; } = new(members);

    /// <summary>Whether works have given up room since this was asked last.</summary>
    public bool TakeRoomComeFree()
    {
        var isFree = _hasRoomComeFree;
        _hasRoomComeFree = false;
        return isFree;
    }

    /// <summary>What all works take that the cluster is asked to run, however many pods more run while they move.</summary>
    public ResourceAmounts Asked => _asked.Taken(Whole);

    /// <summary>Whether that has changed since this was asked last.</summary>
    public bool TakeAskedNews()
    {
        var isNews = _isAskedNews;
        _isAskedNews = false;
        return isNews;
    }

    /// <summary>The works with something that a node was asked for and has not said to have done: with a pet that it was to let go of, or volumes that it was to delete.</summary>
    public IEnumerable<string> Awaiting => _awaited.Keys.Union(_discarding);

    /// <summary>Plans the work, and tells each node what follows from it.</summary>
    public void Share(string uid, WorkState state, HeldWork? held)
    {
        var before = state.Shares;
        var shares = PetSharing.Adopt(WordsOf(state), clock.Now, held?.Work, Adopt(before with
        {
            Kind = held?.Work?.Kind ?? held?.Tombstone?.Kind ?? before.Kind,
            Namespace = held?.Work?.Namespace ?? held?.Tombstone?.Namespace ?? before.Namespace,
            Name = held?.Work?.Name ?? held?.Tombstone?.Name ?? before.Name,
        }, isWithdrawn: held?.Tombstone is not null));
        var input = InputOf(state, shares, held?.Work);
        state.NextLook = null;
        if (held?.Work is not null)
        {
            var plan = NodePlanner.Plan(input);
            shares = shares with { Nodes = plan.Shares, Failures = plan.Failures };
            (state.Forward, state.NextLook, state.Pets, state.Copies, state.Items) = (plan.Forward, plan.NextLook, plan.Pets, plan.Copies, plan.Items);
            state.Placing = plan.Reason is { } reason ? new Trouble(reason, plan.Message ?? "") : null;
        }
        else
        {
            if (held?.Tombstone is not null)
                shares = shares with { Nodes = NodePlanner.Withdraw(input) };
            (state.Forward, state.Placing, state.Pets, state.Copies, state.Items) = (input.Evictions, null, NodePlanner.PetsOf(input, shares.Shares), [], []);
            state.NextLook = PetSharing.NextFence(input.Fence, shares, clock.Now);
        }

        Keep(state, shares);
        Await(uid, shares);
        _hasRoomComeFree |= _ledger.Set(uid, input.Work.Template, shares.Nodes, node => input.Reports.GetValueOrDefault(node)?.Running ?? 0);
        Ask(uid, input.Work, shares);
        Evictions.Forward(uid, state.Forward);
        // Which node has a pet must be known after a crash, too, before the node hears of it.
        if (files.IsStored(uid) || !PetSharing.HasPets(shares, held?.Work))
            _telling.Tell(state, held);
        state.Discarding = PetSharing.DiscardingOf(state, held?.Work, members, revisions.Store);
        if (state.Discarding.IsEmpty)
            _discarding.Remove(uid);
        else
            _discarding.Add(uid);
        _telling.TellEndpoints(state, held?.Work);
    }

    /// <summary>False: what was decided before is lost, and not every machine has said what it runs.</summary>
    public bool AreAllHeard => files.AreAllHeard;

    /// <inheritdoc cref="PetSharing.MayClaim"/>
    /// <param name="held">As the cluster is asked.</param>
    /// <param name="isHeldStored">A restart would find it.</param>
    public bool MayClaim(WorkState state, HeldWork? held, bool isHeldStored, bool mayRunUnseen) =>
        PetSharing.MayClaim(state.Shares, held?.Work, isHeldStored && files.IsStored(state.Shares.Uid), files.MayHaveForgotten, mayRunUnseen);

    /// <summary>What the nodes concerned say of the work.</summary>
    public IEnumerable<(Member Member, WorkStatus? Status, bool IsCurrent)> WordsOf(WorkState state)
    {
        var concerned = state.Shares.Nodes.Select(share => members.Find(share.Node)).OfType<Member>()
            .Union(members.Owners.SpeakersOf(state.Shares.Uid));
        foreach (var member in concerned)
        {
            var status = member.Works.GetValueOrDefault(state.Shares.Uid);
            yield return (member, status, !state.Sent.TryGetValue(member.Name, out var sent) || status?.Revision == sent.Revision);
        }
    }

    /// <summary>A machine that is not Ready and is to let go of a pet gets no permission: its agent may be there and its engine out of reach.</summary>
    public bool MayRunPets(Member member) => member.NotReady is null || !_awaited.Values.Any(nodes => nodes.Contains(member.Name));

    /// <summary>Nothing is known of the work any more.</summary>
    public void Drop(string uid, WorkState state)
    {
        _telling.Drop(state);
        Evictions.Forward(uid, []);
        Await(uid, WorkShares.For(uid));
        _discarding.Remove(uid);
        _hasRoomComeFree |= _ledger.Set(uid, new(), []);
        Ask(uid, new Work { Uid = uid }, WorkShares.For(uid));
        files.Remove(uid);
    }

    /// <summary>Keeps what was decided before anybody is told.</summary>
    public void Keep(WorkState state, WorkShares shares)
    {
        if (shares == state.Shares)
            return;
        state.Shares = shares;
        files.Save(shares);
    }

    /// <summary>
    /// What a node runs without a share was decided by somebody whose memory is lost: it counts as its share until a plan says more. One that runs nothing of the work
    /// and only holds it has to hear that it is gone, too: until it says so, nobody can.
    /// </summary>
    private WorkShares Adopt(WorkShares shares, bool isWithdrawn)
    {
        var known = shares.Nodes.Select(share => share.Node).ToHashSet();
        var adopted = new List<NodeShare>();
        foreach (var member in members.Owners.SpeakersOf(shares.Uid).Where(member => !known.Contains(member.Name)))
        {
            var status = member.Works.GetValueOrDefault(shares.Uid);
            var pods = Math.Max(status?.Desired ?? 0, member.PodsOf(shares.Uid));
            if ((pods > 0 || isWithdrawn) && status is not { Gone: true })
                adopted.Add(new NodeShare { Node = member.Name, Replicas = pods, Since = clock.Now });
        }

        return adopted.Count == 0 ? shares : shares with { Nodes = [.. shares.Nodes.Concat(adopted).OrderBy(share => share.Node, StringComparer.Ordinal)] };
    }

    private void Ask(string uid, Work work, WorkShares shares)
    {
        var (before, pods) = (Asked, shares.Nodes.Sum(share => share.Replicas));
        // A pod that moves is there twice until its replacement serves.
        if (work.Mode == WorkMode.Replicas)
            pods = Math.Min(pods, work.Replicas);
        _asked.Set(uid, work.Template, [new NodeShare { Node = Whole, Replicas = pods }]);
        _isAskedNews |= Asked != before;
    }

    private void Await(string uid, WorkShares shares)
    {
        var nodes = PetSharing.NodesLettingGo(shares);
        if (nodes.Count > 0)
            _awaited[uid] = nodes;
        else
            _awaited.Remove(uid);
    }

    private NodePlanInput InputOf(WorkState state, WorkShares shares, Work? work) => new()
    {
        Work = work ?? new Work { Uid = shares.Uid },
        Nodes = [.. members.All.Select(member => NodeSnapshot.From(member.Described, member.Wishes, _ledger.TakenByOthers(shares.Uid, member.Name), member.NotReady?.Since, member.ReadySince))],
        Shares = shares.Shares,
        Reports = members.All.Where(member => member.Works.ContainsKey(shares.Uid)).ToDictionary(member => member.Name, member => member.Works[shares.Uid]),
        Evictions = Evictions.Of(shares.Uid),
        Failures = [.. shares.Failures],
        Fence = PetSharing.HasPets(shares, work) ? permissions.FenceOf(PetSharing.WordsOf(state, members, revisions.Store), files.MayHaveForgotten) : new NodeFence(),
        Revision = revisions.Current,
        FailoverAfter = options.MoveAfter,
        Now = clock.Now,
    };
}
