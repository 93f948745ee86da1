using System.Collections.Immutable;
using Federation.Api.Agents;

namespace Federation.Domain.Scheduling.Nodes.Pets;

/// <summary>Gives each copy to a node, chosen as for the pet itself: the pet stays where its volumes are. A node keeps its copy for as long as the cluster is asked for it.</summary>
internal static class PetCopies
{
    /// <summary>What nodes have, and the cluster is still asked for.</summary>
    public static Dictionary<NodeCopy, string> Keep(NodePlanInput input, PetTable pets)
    {
        var asked = (input.Work.Pets?.Copies ?? []).Select(copy => new NodeCopy(copy.Ordinal, copy.Epoch)).ToHashSet();
        var kept = new Dictionary<NodeCopy, string>();
        foreach (var share in input.Shares.Where(share => pets.SeatOf(share.Node) is not null))
        {
            foreach (var copy in share.Copies.Where(asked.Contains))
                kept.TryAdd(copy, share.Node);
        }

        return kept;
    }

    /// <summary>Where each copy is to go, by ordinal; gives those that have no node to one.</summary>
    public static ImmutableArray<NodeCopyPlace> Assign(NodePlanInput input, PetTable pets, PetAssignment assignment)
    {
        var places = ImmutableArray.CreateBuilder<NodeCopyPlace>();
        foreach (var copy in (input.Work.Pets?.Copies ?? []).Select(copy => new NodeCopy(copy.Ordinal, copy.Epoch)).Distinct().OrderBy(copy => copy.Ordinal))
        {
            if (!pets.Copies.TryGetValue(copy, out var node) && assignment.ChooseFor(copy.Ordinal) is { } chosen)
                pets.Copies[copy] = node = chosen;
            places.Add(node is null
                ? new NodeCopyPlace(copy.Ordinal, copy.Epoch, "", WorkPetReasons.Unschedulable, "no node takes it")
                : pets.SeatOf(node)?.Node.IsReady == true
                    ? new NodeCopyPlace(copy.Ordinal, copy.Epoch, node, null, null)
                    : new NodeCopyPlace(copy.Ordinal, copy.Epoch, node, WorkPetReasons.NodeAway, $"its volumes go to {node}, which is not Ready"));
        }

        return places.ToImmutable();
    }
}
