using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Hub;

/// <summary>Puts into the nodes' streams what was decided of a work, and only what is not said there yet. Used by one thread.</summary>
internal sealed class NodeTelling(MemberTable members, Revisions revisions)
{
    /// <summary>What follows from the shares for each node.</summary>
    public void Tell(WorkState state, HeldWork? held)
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
        }

        // Also of one that was told nothing for long: its word may come late, or twice.
        foreach (var member in members.Owners.SpeakersOf(uid).Where(member => !state.Sent.ContainsKey(member.Name) && state.Shares.Nodes.All(share => share.Node != member.Name)).ToList())
        {
            if (member.Works.GetValueOrDefault(uid) is { Gone: true })
                members.Owners.LetGo(member, uid);
        }
    }

    /// <summary>Tells every node where the others serve the work's ports.</summary>
    public void TellEndpoints(WorkState state, Work? work)
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

    /// <summary>Nothing is said of the work any more.</summary>
    public void Drop(WorkState state)
    {
        foreach (var node in state.Endpoints.Keys)
            members.Find(node)?.Outbox.RemoveEndpoints(state.Shares.Uid);
        foreach (var node in state.Sent.Keys)
            members.Find(node)?.Outbox.Remove(state.Shares.Uid);
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
}
