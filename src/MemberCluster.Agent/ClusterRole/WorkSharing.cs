using System.Collections.Immutable;
using System.Globalization;
using Federation.Api;
using Federation.Api.Agents;
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
    private readonly Dictionary<PodName, Member> _owners = [];
    private readonly Dictionary<string, HashSet<Member>> _reporters = [];
    private readonly Dictionary<string, ImmutableArray<PendingEviction>> _forwarded = [];
    private readonly Dictionary<string, HashSet<string>> _awaited = [];
    private readonly NodeLedger _ledger = new();
    private ImmutableArray<PodEviction> _evictions = [];
    private bool _hasRoomComeFree;

    /// <summary>Whether works have given up room since this was asked last.</summary>
    public bool TakeRoomComeFree()
    {
        var isFree = _hasRoomComeFree;
        _hasRoomComeFree = false;
        return isFree;
    }

    /// <summary>The works with pets that a node was asked to run no more, and has not said to have let go of.</summary>
    public IReadOnlyCollection<string> Awaiting => _awaited.Keys;

    /// <summary>Whose pod it is.</summary>
    public Member? OwnerOf(PodName pod) => _owners.GetValueOrDefault(pod);

    /// <summary>Some node speaks of the work.</summary>
    public bool IsReported(string uid) => _reporters.ContainsKey(uid);

    /// <summary>Remembers whose the pods and works of a report are.</summary>
    public void Own(Member member, MemberChanges changes)
    {
        foreach (var name in changes.Removed)
        {
            if (OwnerOf(name) == member)
                _owners.Remove(name);
        }

        foreach (var pod in changes.Set)
        {
            var name = MemberIntake.NameOf(pod);
            // A machine that got another name: the old one lets go of its pods.
            if (OwnerOf(name) is { } other && other != member)
                other.Pods.Remove(name);
            _owners[name] = member;
        }

        foreach (var uid in changes.Uids)
            Report(member, uid);
    }

    /// <summary>The pods that shall stop.</summary>
    /// <returns>The works that it concerns.</returns>
    public IEnumerable<string> SetEvictions(ImmutableArray<PodEviction> evictions)
    {
        if (evictions.SequenceEqual(_evictions))
            return [];
        var concerned = evictions.Concat(_evictions).Select(UidOf).ToHashSet();
        _evictions = evictions;
        return concerned;
    }

    /// <summary>Plans the work, and tells each node what follows from it.</summary>
    public void Share(string uid, WorkState state, HeldWork? held)
    {
        var before = state.Shares;
        var shares = PetSharing.Adopt(WordsOf(state), clock.Now, held?.Work, Adopt(before with
        {
            Kind = held?.Work?.Kind ?? held?.Tombstone?.Kind ?? before.Kind,
            Namespace = held?.Work?.Namespace ?? held?.Tombstone?.Namespace ?? before.Namespace,
            Name = held?.Work?.Name ?? held?.Tombstone?.Name ?? before.Name,
        }));
        var input = InputOf(state, shares, held?.Work);
        state.NextLook = null;
        if (held?.Work is not null)
        {
            var plan = NodePlanner.Plan(input);
            shares = shares with { Nodes = plan.Shares, Failures = plan.Failures };
            (state.Forward, state.NextLook, state.Pets, state.Copies) = (plan.Forward, plan.NextLook, plan.Pets, plan.Copies);
            state.Placing = plan.Reason is { } reason ? new Trouble(reason, plan.Message ?? "") : null;
        }
        else
        {
            if (held?.Tombstone is not null)
                shares = shares with { Nodes = NodePlanner.Withdraw(input) };
            (state.Forward, state.Placing, state.Pets, state.Copies) = (input.Evictions, null, NodePlanner.PetsOf(input, shares.Shares), []);
            state.NextLook = PetSharing.NextFence(input.Fence, shares, clock.Now);
        }

        Keep(state, shares);
        Await(uid, shares);
        _hasRoomComeFree |= _ledger.Set(uid, input.Work.Template, shares.Nodes, node => input.Reports.GetValueOrDefault(node)?.Running ?? 0);
        Forward(uid, state.Forward);
        // Which node has a pet must be known after a crash, too, before the node hears of it.
        if (files.IsStored(uid) || !PetSharing.HasPets(shares, held?.Work))
            Tell(state, held);
        state.Discarding = PetSharing.DiscardingOf(state, held?.Work, members, revisions.Store);
        TellEndpoints(state, held?.Work);
    }

    /// <summary>False: what was decided before is lost, and not every machine has said what it runs.</summary>
    public bool AreAllHeard => files.AreAllHeard;

    /// <summary>A restart would know of every node that can be running a pet of the work.</summary>
    public bool IsKnownForGood(string uid) => files.IsStored(uid) && !files.MayHaveForgotten;

    /// <summary>What the nodes concerned say of the work.</summary>
    public IEnumerable<(Member Member, WorkStatus? Status, bool IsCurrent)> WordsOf(WorkState state)
    {
        var concerned = state.Shares.Nodes.Select(share => members.Find(share.Node)).OfType<Member>()
            .Union(_reporters.GetValueOrDefault(state.Shares.Uid) ?? []);
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
        foreach (var node in state.Endpoints.Keys)
            members.Find(node)?.Outbox.RemoveEndpoints(uid);
        foreach (var node in state.Sent.Keys)
            members.Find(node)?.Outbox.Remove(uid);
        Forward(uid, []);
        Await(uid, WorkShares.For(uid));
        _hasRoomComeFree |= _ledger.Set(uid, new(), []);
        files.Remove(uid);
    }

    public void Forget(Member member)
    {
        foreach (var name in member.Pods.Keys)
            _owners.Remove(name);
        foreach (var uid in member.Works.Keys.ToList())
        {
            member.Works.Remove(uid);
            Report(member, uid);
        }
    }

    /// <summary>Keeps what was decided before anybody is told.</summary>
    public void Keep(WorkState state, WorkShares shares)
    {
        if (shares == state.Shares)
            return;
        state.Shares = shares;
        files.Save(shares);
    }

    private void Report(Member member, string uid)
    {
        if (member.Works.ContainsKey(uid) || member.PodsOf(uid) > 0)
        {
            if (!_reporters.TryGetValue(uid, out var known))
                _reporters[uid] = known = [];
            known.Add(member);
        }
        else if (_reporters.TryGetValue(uid, out var known) && known.Remove(member) && known.Count == 0)
        {
            _reporters.Remove(uid);
        }
    }

    /// <summary>What a node runs without a share was decided by somebody whose memory is lost: it counts as its share until a plan says more.</summary>
    private WorkShares Adopt(WorkShares shares)
    {
        if (!_reporters.TryGetValue(shares.Uid, out var reporters))
            return shares;
        var known = shares.Nodes.Select(share => share.Node).ToHashSet();
        var adopted = new List<NodeShare>();
        foreach (var member in reporters.Where(member => !known.Contains(member.Name)))
        {
            var status = member.Works.GetValueOrDefault(shares.Uid);
            var pods = Math.Max(status?.Desired ?? 0, member.PodsOf(shares.Uid));
            if (pods > 0 && status is not { Gone: true })
                adopted.Add(new NodeShare { Node = member.Name, Replicas = pods, Since = clock.Now });
        }

        return adopted.Count == 0 ? shares : shares with { Nodes = [.. shares.Nodes.Concat(adopted).OrderBy(share => share.Node, StringComparer.Ordinal)] };
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
        Evictions = PendingOf(shares.Uid),
        Failures = [.. shares.Failures],
        Fence = PetSharing.HasPets(shares, work) ? permissions.FenceOf(PetSharing.WordsOf(state, members, revisions.Store), files.MayHaveForgotten) : new NodeFence(),
        Revision = revisions.Current,
        FailoverAfter = options.MoveAfter,
        Now = clock.Now,
    };

    private ImmutableArray<PendingEviction> PendingOf(string uid) => _evictions.IsEmpty ? [] :
    [
        .. from eviction in _evictions
           let owner = OwnerOf(new PodName(eviction.Namespace, eviction.Name))
           where owner is not null
           let pod = owner.Pods[new PodName(eviction.Namespace, eviction.Name)]
           where pod.Metadata.Uid == eviction.Uid && MemberIntake.UidOf(pod) == uid
           let index = int.TryParse(pod.Metadata.Labels.GetValueOrDefault(PodLabels.Ordinal), CultureInfo.InvariantCulture, out var number) ? number : (int?)null
           select new PendingEviction(eviction, owner.Name, PodReadiness.IsReady(pod), index),
    ];

    private string UidOf(PodEviction eviction)
    {
        var name = new PodName(eviction.Namespace, eviction.Name);
        return OwnerOf(name)?.Pods.GetValueOrDefault(name) is { } pod ? MemberIntake.UidOf(pod) : "";
    }

    private void Forward(string uid, ImmutableArray<PendingEviction> evictions)
    {
        var before = _forwarded.GetValueOrDefault(uid, []);
        if (evictions.IsEmpty)
            _forwarded.Remove(uid);
        else
            _forwarded[uid] = evictions;
        foreach (var node in before.Concat(evictions).Select(eviction => eviction.Node).Distinct())
            members.Find(node)?.Outbox.SetEvictions([.. _forwarded.Values.SelectMany(all => all).Where(eviction => eviction.Node == node).Select(eviction => eviction.Eviction)]);
    }

    private void Tell(WorkState state, HeldWork? held)
    {
        var uid = state.Shares.Uid;
        foreach (var share in state.Shares.Nodes)
        {
            if (members.Find(share.Node) is not { } member)
                continue;
            if (share.Phase == NodeSharePhase.Active && held?.Work is { } work)
                TellWork(state, member, share, work);
            else if (share.Phase == NodeSharePhase.Withdrawing)
                TellTombstone(state, member, share, held?.Tombstone?.Reason ?? "Moved");
            else if (share.Phase == NodeSharePhase.Away)
                Untell(state, member);
        }

        foreach (var node in state.Sent.Keys.Where(node => state.Shares.Nodes.All(share => share.Node != node)).ToList())
        {
            if (members.Find(node) is not { } member)
            {
                state.Sent.Remove(node);
                continue;
            }

            Untell(state, member);
            if (member.Works.GetValueOrDefault(uid) is { Gone: true })
            {
                member.Works.Remove(uid);
                Report(member, uid);
            }
        }
    }

    private void TellWork(WorkState state, Member member, NodeShare share, Work work)
    {
        var sent = state.Sent.GetValueOrDefault(member.Name);
        if (sent is not null && ReferenceEquals(sent.Source, work) && sent.Share == share)
            return;
        var digest = WorkRendering.DigestOf(WorkRendering.Of(work, share, revision: 0));
        if (sent?.Digest == digest)
        {
            state.Sent[member.Name] = sent with { Source = work, Share = share };
            return;
        }

        var revision = revisions.Next();
        state.Sent[member.Name] = new SentWord(revision, work, share, digest);
        member.Outbox.Put(new WorkEvent { Type = WorkEventType.Work, Revision = revision, Work = WorkRendering.Of(work, share, revision) });
    }

    private void TellTombstone(WorkState state, Member member, NodeShare share, string reason)
    {
        if (state.Sent.GetValueOrDefault(member.Name) is { Source: null } sent && sent.Share.WithdrawnAfter == share.WithdrawnAfter)
            return;
        var revision = revisions.Next();
        var shares = state.Shares;
        state.Sent[member.Name] = new SentWord(revision, null, share, "");
        member.Outbox.Put(new WorkEvent
        {
            Type = WorkEventType.Tombstone,
            Revision = revision,
            Tombstone = new Tombstone { Uid = shares.Uid, Kind = shares.Kind, Namespace = shares.Namespace, Name = shares.Name, Revision = revision, Reason = reason },
        });
    }

    private static void Untell(WorkState state, Member member)
    {
        member.Outbox.Remove(state.Shares.Uid);
        state.Sent.Remove(member.Name);
    }

    /// <summary>Tells every node where the others serve the work's ports.</summary>
    private void TellEndpoints(WorkState state, Work? work)
    {
        if (state.Endpoints.Count == 0 && (work is null || work.Expose.Count == 0 || members.All.Count < 2))
            return;
        var peers = ServicePeers.Of(state.Shares.Uid, work, members.All);
        foreach (var member in members.All)
        {
            var next = new WorkEndpoints
            {
                WorkUid = state.Shares.Uid,
                Namespace = state.Shares.Namespace,
                Name = state.Shares.Name,
                Ports = work?.Expose ?? [],
                Peers = [.. peers.Where(peer => peer.Node != member.Name)],
            };
            state.Endpoints.TryGetValue(member.Name, out var before);
            if (before is null ? next.Peers.Count == 0 : ServicePeers.AreSame(before, next))
                continue;
            state.Endpoints[member.Name] = next;
            member.Outbox.Put(new WorkEvent { Type = WorkEventType.Endpoints, Revision = revisions.Next(), Endpoints = next });
        }
    }
}
