using System.Collections.Immutable;
using Federation.Api.Agents;
using Federation.Domain.Scheduling.Nodes.Pets;
using MemberCluster.Agent.Works;

namespace MemberCluster.Agent.ClusterRole.Totals;

/// <summary>The pets of a work as the whole cluster runs them. Pure.</summary>
/// <remarks>Whoever reads the sum starts elsewhere what it does not name: it names what is wanted, what some node can be running, and whatever else a node says that it has.</remarks>
internal static class PetTotals
{
    /// <param name="held">What the cluster is asked.</param>
    /// <param name="places">Where the plan has each pet.</param>
    /// <param name="words">What each node concerned says.</param>
    public static IReadOnlyList<WorkPetStatus> Of(HeldWork? held, ImmutableArray<NodePetPlace> places, IReadOnlyList<NodeWord> words)
    {
        var reported = words.Where(word => word is { IsHeard: true, Status: not null }).SelectMany(word => word.Status!.Pets.Select(pet => (word.Node, Pet: pet))).ToLookup(pair => pair.Pet.Ordinal);
        var placed = places.ToDictionary(place => place.Ordinal);
        var wanted = (held?.Work?.Pets?.Run ?? []).GroupBy(pet => pet.Ordinal).ToDictionary(group => group.Key, group => group.First());
        return
        [
            .. placed.Keys.Union(reported.Select(group => group.Key)).Order().Select(ordinal =>
                Of(wanted.GetValueOrDefault(ordinal), placed.GetValueOrDefault(ordinal), [.. reported[ordinal]])),
        ];
    }

    /// <summary>With those that do not run, and whose volumes are not known to be gone.</summary>
    /// <param name="pets">What is known otherwise.</param>
    /// <param name="discarding">By ordinal, a node that has not confirmed it.</param>
    public static IReadOnlyList<WorkPetStatus> AddDiscarding(IReadOnlyList<WorkPetStatus> pets, ImmutableSortedDictionary<int, string> discarding) => discarding.IsEmpty ? pets :
    [
        .. pets.Concat(discarding.Where(entry => pets.All(pet => pet.Ordinal != entry.Key)).Select(entry => new WorkPetStatus
        {
            Ordinal = entry.Key,
            Node = entry.Value,
            Phase = WorkPetPhase.Waiting,
            Reason = WorkPetReasons.Discarding,
            Message = $"{entry.Value} has not said that its volumes are gone",
        })).OrderBy(pet => pet.Ordinal),
    ];

    private static WorkPetStatus Of(WorkPet? wanted, NodePetPlace? place, List<(string Node, WorkPetStatus Pet)> reported)
    {
        // Its own node's word first; where it still runs, else.
        var (node, said) = reported.OrderByDescending(pair => pair.Node == place?.Node).ThenByDescending(pair => pair.Pet.Phase != WorkPetPhase.Waiting).FirstOrDefault();
        if (said is not null && place?.Reason != WorkPetReasons.NodeFenced)
            return said with { Node = node, Reason = place?.Reason ?? said.Reason, Message = place?.Reason is null ? said.Message : place.Message };
        return new WorkPetStatus
        {
            Ordinal = place!.Ordinal,
            Epoch = place.Epoch,
            TemplateHash = wanted?.TemplateHash ?? "",
            Node = place.Node,
            // Nobody knows what a silent node does; it counts as running the pet for as long as it can.
            Phase = place is { Reason: WorkPetReasons.NodeAway, MayRun: true } ? WorkPetPhase.Running : WorkPetPhase.Waiting,
            Reason = place.Reason,
            Message = place.Message,
        };
    }
}
