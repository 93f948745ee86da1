using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Api.Json;
using Federation.Api.Nodes;
using MemberCluster.Agent.ClusterRole.Members;
using MemberCluster.Agent.ClusterRole.Totals;
using MemberCluster.Agent.Reports;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole;

/// <summary>Sums up what the nodes report into the cluster's report. Used by one thread.</summary>
internal sealed class ClusterPublisher(
    MemberTable members, WorkSharing sharing, ReportContents contents, AgentEvents events, Action poke, string version, TimeProvider time)
{
    private byte[] _published = [];

    /// <summary>What one report changed.</summary>
    public void Publish(MemberChanges changes, ClusterUsage? usage)
    {
        foreach (var name in changes.Removed.Where(name => members.Owners.Of(name) is null))
            contents.RemovePod(name);
        foreach (var pod in changes.Set)
            contents.SetPod(pod);
        foreach (var occurrence in changes.Events)
            contents.Raise(occurrence);
        if (usage is not null)
            contents.SetUsage(usage.At, TimeSpan.FromSeconds(usage.WindowSeconds), [.. members.All.Where(other => other.IsHeard).SelectMany(other => other.Usage.Values)]);
        if (changes.Removed.Count + changes.Set.Count + changes.Events.Count > 0)
            poke();
    }

    /// <summary>A node became Ready, or is not any more.</summary>
    /// <param name="member">The node, as it is judged now.</param>
    /// <param name="wasHeard">Before.</param>
    public void Tell(Member member, bool wasHeard)
    {
        if (member.NotReady is { } trouble)
            events.OfNode(MemberTable.View(member), isWarning: true, "NodeNotReady", $"{trouble.Reason}: {trouble.Message}");
        else
            events.OfNode(MemberTable.View(member), isWarning: false, "NodeReady", "The node is Ready");
        if (wasHeard == member.IsHeard)
            return;
        foreach (var pod in member.Pods.Values)
            contents.SetPod(member.IsHeard ? pod : PodReadiness.Unknown(pod, member.NotReady!.Message, time.GetUtcNow()));
        poke();
    }

    /// <summary>The machines, each and summed up; nothing when they are as before.</summary>
    public void PublishNodes()
    {
        var inventory = ClusterTotals.Of(members.All, sharing.Asked, version);
        ImmutableArray<Node> nodes = [.. members.All.OrderBy(member => member.Name, StringComparer.Ordinal).Select(MemberTable.View)];
        var bytes = ApiJson.ToUtf8(new Report { Inventory = inventory, Nodes = nodes });
        if (_published.AsSpan().SequenceEqual(bytes))
            return;
        _published = bytes;
        contents.SetInventory(inventory, nodes);
        poke();
    }

    /// <returns>False: there is nothing to say of the work any more.</returns>
    /// <param name="isStored">A restart would find what is held.</param>
    public bool PublishWork(string uid, WorkState state, HeldWork? held, bool isStored)
    {
        var said = sharing.WordsOf(state).ToList();
        if (held is null && state.Shares.Nodes.Count == 0 && said.Count == 0)
        {
            contents.RemoveWork(uid);
            return false;
        }

        var words = said.Select(word => new NodeWord(word.Status, word.Member.IsHeard, word.IsCurrent, word.Member.Name)).ToList();
        var placing = held?.Work is null ? null : state.Placing;
        var mayRunUnseen = !sharing.AreAllHeard && members.All.Any(member => member.Reported is null);
        var status = WorkTotals.Of(held, state.Shares, words, placing, mayRunUnseen, state.Pets, sharing.MayClaim(state, held, isStored, mayRunUnseen)) with
        {
            Copies = CopyTotals.Of(state.Copies, words),
            Snapshots = held?.Work?.Snapshots is { } snapshots ? SnapshotTotals.Of(snapshots, state.Items, words, mayBeUnseen: !sharing.AreAllHeard) : [],
        };
        status = status with { Pets = PetTotals.AddDiscarding(status.Pets, state.Discarding) };
        if (held is not null && (status.Revision, status.TemplateHash) != (state.Shares.Claimed, state.Shares.ClaimedTemplate))
            sharing.Keep(state, state.Shares with { Claimed = status.Revision, ClaimedTemplate = status.TemplateHash });
        TellTrouble(state, status);
        if (contents.SetWork(status))
            poke();
        return true;
    }

    public void Forget(Member member)
    {
        foreach (var name in member.Pods.Keys)
            contents.RemovePod(name);
        poke();
    }

    /// <summary>An event when pods find no node; the nodes tell of their own troubles.</summary>
    private void TellTrouble(WorkState state, WorkStatus status)
    {
        var reason = state.Placing?.Reason;
        if (reason == state.Told)
            return;
        if (state.Placing is { } placing)
            events.OfWork(status, isWarning: placing.Reason != Federation.Domain.Scheduling.Nodes.NodeReasons.Moving, placing.Reason, placing.Message);
        state.Told = reason;
    }
}
