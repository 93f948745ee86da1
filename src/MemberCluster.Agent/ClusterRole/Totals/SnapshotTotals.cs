using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Snapshots;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>The items of a PetSnapshot as the whole cluster has them. Pure.</summary>
internal static class SnapshotTotals
{
    /// <param name="work">What the cluster is asked.</param>
    /// <param name="places">Where the plan has what is to be stored.</param>
    /// <param name="words">What each node concerned says.</param>
    /// <param name="mayBeUnseen">A node that is not known may have something: nobody remembers which there are.</param>
    public static IReadOnlyList<WorkSnapshotStatus> Of(WorkSnapshots work, ImmutableArray<NodeItemPlace> places, IReadOnlyList<NodeWord> words, bool mayBeUnseen) =>
    [
        .. work.Discard.DistinctBy(one => (one.Id, one.Part)).Select(one => Discarding(one, words, mayBeUnseen)).OfType<WorkSnapshotStatus>(),
        .. work.Take.Select(one => OfNode(one.Id, WorkSnapshotPart.Taken, one.Node, null, null, words)),
        .. work.Hold.Select(one => places.FirstOrDefault(place => place.Id == one.Id) is { } place
            ? OfNode(one.Id, WorkSnapshotPart.Stored, place.Node, place.Reason, place.Message, words)
            : new WorkSnapshotStatus { Id = one.Id, Part = WorkSnapshotPart.Stored }),
    ];

    private static WorkSnapshotStatus OfNode(string id, WorkSnapshotPart part, string node, string? reason, string? message, IReadOnlyList<NodeWord> words)
    {
        var word = words.FirstOrDefault(word => word.Node == node);
        var said = Said(word, id, part) ?? new WorkSnapshotStatus { Id = id, Part = part };
        // What a silent node said last may have changed since, but what was done is done.
        if (said.Phase is WorkSnapshotPhase.Done or WorkSnapshotPhase.Failed)
            return said with { Node = node };
        if (reason is null && word is not { IsHeard: true } && node.Length > 0)
            (reason, message) = (WorkSnapshotReasons.NodeAway, $"{node} is not heard of");
        return said with { Node = node, Reason = reason ?? said.Reason, Message = reason is null ? said.Message : message };
    }

    /// <returns>Null: it is gone, as every node has said that may have had it.</returns>
    private static WorkSnapshotStatus? Discarding(WorkSnapshotDiscard one, IReadOnlyList<NodeWord> words, bool mayBeUnseen)
    {
        var status = new WorkSnapshotStatus { Id = one.Id, Part = one.Part, Phase = WorkSnapshotPhase.Discarding, Node = one.Node };
        var concerned = words.Where(word => one.Node.Length == 0 || word.Node == one.Node).ToList();
        foreach (var word in concerned)
        {
            var said = Said(word, one.Id, one.Part);
            if (word is { IsHeard: true, IsCurrent: true, Status: not null } && said is null)
                continue;
            return word.IsHeard
                ? status with { Node = word.Node, Reason = said?.Reason, Message = said?.Message }
                : status with { Node = word.Node, Reason = WorkSnapshotReasons.NodeAway, Message = $"{word.Node} has not said that it is gone" };
        }

        // A machine that was given up is not waited for.
        return concerned.Count == 0 && mayBeUnseen ? status with { Reason = WorkSnapshotReasons.NodeAway, Message = "not every machine has been heard of" } : null;
    }

    private static WorkSnapshotStatus? Said(NodeWord? word, string id, WorkSnapshotPart part) => word?.Status?.Snapshots.FirstOrDefault(item => item.Id == id && item.Part == part);
}
